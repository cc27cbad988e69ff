"""Shared by the tests of a hostile world: faults of every kind, and a check for anything left behind."""

import contextlib
import os
import socket
import struct
import subprocess
import tempfile
import time

from case import FAILURE, HubCase, environment, wait_until

from fake_server import FakeServer
from process import Late, LeftOver, Lost, children_of, cpu_seconds, descriptors_of, marked

SLACK = float(os.environ.get("REMAPHORE_FAULT_SLACK", "4"))  # seconds that a deadline may be missed by
MARK = "FAULT_TEST"
MIB = 1 << 20


class FaultCase(HubCase):
    """Every process of the test carries a mark, handed down to all it starts; none may be there at the end."""

    def setUp(self):
        super().setUp()
        self.mark = os.urandom(8).hex()
        self.scratch = self.path("scratch")
        os.mkdir(self.scratch)
        self.addCleanup(self.check_nothing_left)
        self.left, self.right = self.pair()

    def check_nothing_left(self):
        """Runs once every process of the test has been closed."""
        wait_until(lambda: not marked(MARK, self.mark), "every process of the test has ended", within=5)
        if os.listdir(self.scratch):
            raise LeftOver(f"files: {os.listdir(self.scratch)}")

    def environment(self, **changes):
        return environment(**({MARK: self.mark, "TMPDIR": self.scratch} | changes))

    def start(self, *argv, **options):
        return super().start(*argv, **({"env": self.environment()} | options))

    def fake(self, play):
        server = FakeServer(play)
        self.addCleanup(server.close)
        return server

    def own(self, **options):
        """A server of this test's own, with the fleet of the test on it."""
        server = self.server(**options)
        fleet = self.make_fleet(server)
        self.left = fleet.node("com.left")
        self.right = fleet.foreign("com.right")
        return server

    def reconnect(self, foreign):
        """After the foreign node's server was killed."""
        foreign.close()
        foreign.connection = None
        return foreign.client

    def blackhole(self):
        """An address whose kernel no longer answers: its queue of new connections is full."""
        hole = socket.socket()
        self.addCleanup(hole.close)
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        address = hole.getsockname()
        while True:
            filler = socket.socket()
            self.addCleanup(filler.close)
            filler.setblocking(False)
            filler.connect_ex(address)
            if not wait_writable(filler, 0.1):
                return f"nats://127.0.0.1:{address[1]}"

    def tmpfs(self, size):
        """A disk of this many bytes; only root may mount one."""
        folder = tempfile.mkdtemp(prefix="disk-", dir=self.folder)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "small", folder], capture_output=True)
        if done.returncode:
            self.skipTest("no disk can be mounted here: " + done.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)
        return folder

    def fill(self, folder, leave=0):
        """Uses up all of the disk but `leave` bytes."""
        path = os.path.join(folder, "ballast")
        with contextlib.suppress(OSError), open(path, "ab", buffering=0) as file:
            while True:
                file.write(b"\0" * 65536)
        if leave:
            os.truncate(path, os.path.getsize(path) - leave)
        return path

    def fifo(self, name):
        path = self.path(name)
        os.mkfifo(path, 0o666)
        os.chmod(path, 0o666)
        return path

    def release(self, fifo, word="go"):
        """Wakes the one who reads a line from the pipe."""
        with open(fifo, "w") as file:
            file.write(word + "\n")

    def assert_in_time(self, process, seconds):
        """It ended on its own at its deadline: neither early nor late, and without burning the processor."""
        self.assert_not_late(process, seconds)
        self.assertGreaterEqual(process.seconds, seconds - 0.05, process)

    def assert_not_late(self, process, seconds):
        process.wait_exit(seconds + SLACK + 5)
        if process.seconds > seconds + SLACK:
            raise Late(f"{process.seconds - seconds:.2f} s after its deadline of {seconds} s: {process}")
        self.assert_idle(process)

    def assert_idle(self, process):
        limit = self.startup() * 3 + 0.25 * process.seconds
        used = process.cpu if process.returncode is not None else cpu_seconds(process.pid)
        self.assertLess(used, limit, f"processor time in {process.seconds:.2f} s: {process}")

    @classmethod
    def startup(cls):
        """The cost of starting the program and ending at once."""
        if "_startup" not in FaultCase.__dict__:
            probe = HubCase()
            probe.folder = "/"
            process = probe.command("--version").expect_exit(0)
            FaultCase._startup = process.cpu + 0.05
            probe.doCleanups()
        return FaultCase._startup

    def steady(self, listener):
        """The descriptors of a listener with nothing to do."""
        wait_until(lambda: not children_of(listener.pid), "no child is left")
        return len(descriptors_of(listener.pid))

    def assert_steady(self, listener, before):
        try:
            wait_until(lambda: self.steady(listener) <= before, "the descriptors are as before", within=5)
        except Lost:
            raise LeftOver(f"{before} descriptors before, now {descriptors_of(listener.pid)}") from None

    def modes(self, timeout):
        """A sender, a requester and a listener with this deadline, started together."""
        config = self.left.write()
        return {name: self.command("-c", config, *flags, "-t", f"{timeout}s", *words)
                for name, flags, words in (("sender", ["-s"], ["hi"]), ("requester", ["-r"], ["hi"]),
                                           ("listener", [], []))}

    def assert_all_fail_at(self, timeout, *parts):
        """No mode succeeds: exit 3 at the deadline, with an error line, and without burning the processor."""
        for name, process in self.modes(timeout).items():
            with self.subTest(mode=name):
                self.assert_in_time(process, timeout)
                process.expect_exit(FAILURE)
                self.assert_error_line(process, *parts)
                self.assertEqual(process.stdout.data, b"")

    def assert_all_fail_at_once(self, *parts, within=SLACK + 2):
        """No second try could do better: exit 3 long before the deadline."""
        for name, process in self.modes(30).items():
            with self.subTest(mode=name):
                process.wait_exit(within)
                process.expect_exit(FAILURE)
                self.assert_error_line(process, *parts)
                self.assert_idle(process)


def wait_writable(sock, seconds):
    import select
    poller = select.poll()
    poller.register(sock, select.POLLOUT)
    return bool(poller.poll(seconds * 1000))


def reset(sock):
    """Ends a connection with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def seconds_of(action):
    began = time.monotonic()
    action()
    return time.monotonic() - began
