"""Output that nobody reads: a full pipe that others share, a terminal that ^S stopped, a reader that has gone."""

import fcntl
import functools
import os
import pty
import select
import signal
import socket
import subprocess
import termios
import tty

from case import FAILURE, NOTHING, OK, REMAPHORE, REMAPHORE_FLEET, USAGE, GoListener, HubCase, let_time_pass, wait_until

NOBODY = 65534
LARGE = b"x" * 300_000  # more than any pipe or terminal holds


def writable(fd):
    return bool(select.select([], [fd], [], 0)[1])


FULL = ("shared_pipe", "full_socket", "stopped_terminal", "unread_terminal")


def on_each(kinds):
    """The test with a descriptor of each of these kinds."""
    def decorate(check):
        @functools.wraps(check)
        def test(self):
            for kind in kinds:
                with self.subTest(kind):
                    fd = getattr(self, kind)()
                    check(self, fd)
                    self.assertEqual(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK, 0, "the mode is everybody's")
                    os.close(fd)
        return test
    return decorate


class UnreadCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()

    def shared_pipe(self):
        """A pipe that another process keeps full."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        other = subprocess.Popen(["cat", "/dev/zero"], stdout=writer)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        wait_until(lambda: not writable(writer), "the pipe is full")
        return writer

    def full_socket(self):
        reader, writer = socket.socketpair()
        self.addCleanup(reader.close)
        fd = writer.detach()
        os.set_blocking(fd, False)
        try:
            while True:
                os.write(fd, b"." * 65536)
        except BlockingIOError:
            os.set_blocking(fd, True)
        return fd

    def terminal(self):
        """A terminal with less room than one write needs."""
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        tty.setraw(follower)
        return follower

    def stopped_terminal(self):
        follower = self.terminal()
        termios.tcflow(follower, termios.TCOOFF)
        return follower

    def unread_terminal(self):
        follower = self.terminal()
        os.set_blocking(follower, False)
        full = 0  # times in a row: the kernel moves on what it has taken, and has room again
        while full < 10:
            try:
                os.write(follower, b"." * 4096)
                full = 0
            except BlockingIOError:
                full += 1
                let_time_pass(0.005)
        os.set_blocking(follower, True)
        return follower

    def listening(self, *args, **options):
        ready = self.path("ready")
        listener = self.remaphore(self.left, "--ready-file", ready, *args, **options)
        wait_until(lambda: os.path.exists(ready) or listener.returncode is not None, "the listener is ready")
        return listener


class StandardOutput(UnreadCase):
    @on_each((*FULL, "terminal"))
    def test_a_listener_keeps_its_deadline(self, fd):
        listener = self.listening("-t", "1s", stdout=fd)
        for _ in range(3):
            self.right.send(LARGE)
        listener.expect_exit(FAILURE, within=4)
        self.assert_error_line(listener, "standard output is not read")

    @on_each((*FULL, "terminal"))
    def test_a_listener_dies_of_the_signal(self, fd):
        listener = self.listening("--verbose", stdout=fd)
        self.right.send(LARGE)
        self.right.send(b"hi", destination="net.elsewhere")
        listener.stderr.wait_for("destination")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=3)

    @on_each((*FULL, "terminal"))
    def test_it_costs_no_time_to_wait_for_a_reader(self, fd):
        listener = self.listening("-t", "1s", stdout=fd)
        self.right.send(LARGE)
        wait_until(lambda: listener.returncode is not None, "its end")
        self.assertLess(listener.cpu, 0.5)

    @on_each((*FULL, "terminal"))
    def test_a_request_keeps_its_deadline(self, fd):
        self.foreign("com.b", kind=GoListener, payload=b"0," + LARGE)
        self.remaphore(self.left, "-r", "-D", "com.b", "-t", "1s", "hi", stdout=fd).expect_exit(FAILURE, within=4)

    @on_each((*FULL, "terminal"))
    def test_a_request_dies_of_the_signal(self, fd):
        answering = self.foreign("com.b", kind=GoListener, payload=b"0," + LARGE)
        answering.requests.clear()
        process = self.remaphore(self.left, "-r", "-D", "com.b", "hi", stdout=fd)
        wait_until(lambda: answering.requests, "the request arrived")
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM, within=3)

    @on_each(FULL)
    def test_a_sender_keeps_its_deadline(self, fd):
        self.remaphore(self.left, "-s", "--json", "-t", "1s", "hi", stdout=fd).expect_exit(FAILURE, within=4)

    @on_each(FULL)
    def test_texts_wait_for_their_reader_and_die_of_the_signal(self, fd):
        for argv in ([REMAPHORE, "--help"], [REMAPHORE, "-c", self.left.write(), "--check"],
                     [REMAPHORE_FLEET, "--help"]):
            process = self.start(*argv, stdout=fd)
            let_time_pass(0.3)  # it waits, and nothing tells that it does
            process.signal(signal.SIGTERM)
            process.expect_exit(-signal.SIGTERM, within=3)

    def test_waiting_output_is_written_when_the_terminal_goes_on(self):
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        tty.setraw(follower)
        termios.tcflow(follower, termios.TCOOFF)
        listener = self.listening("-v", "good", "--verbose", stdout=follower)
        self.right.send(b"one", verb="good")
        self.right.send(b"-", verb="bad")
        listener.stderr.wait_for("verb")
        termios.tcflow(follower, termios.TCOON)
        self.assertEqual(os.read(leader, 100), b"one\n")
        os.close(follower)
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)

    @on_each((*FULL, "terminal"))
    def test_where_nothing_can_be_opened_again_too(self, fd):
        """Another user's pipes and terminals."""
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        for path in (self.folder, self.left.fleet.folder, self.left.folder):
            os.chmod(path, 0o755)
        self.left.write()
        for path in (self.left.config, self.left.credentials):
            os.chown(path, NOBODY, NOBODY)
        listener = self.start("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", REMAPHORE, "-c",
                              self.left.config, "-t", "1s", stdout=fd).wait_ready()
        self.right.send(LARGE)
        listener.expect_exit(FAILURE, within=4)
        self.assertLess(listener.cpu, 0.5)


class StandardError(UnreadCase):
    @on_each((*FULL, "terminal"))
    def test_a_listener_keeps_its_deadline(self, fd):
        listener = self.listening("-t", "1s", "--verbose", stderr=fd)
        self.right.send(b"hi", destination="net.elsewhere")
        self.right.publish(b"not a message")
        listener.expect_exit(NOTHING, within=3)

    @on_each((*FULL, "terminal"))
    def test_a_listener_works_on(self, fd):
        listener = self.listening("sh", "-c", "echo done", stderr=fd)
        for _ in range(20):
            self.right.send(b"hi")
        listener.stdout.wait_for("done\n", count=20)
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=3)

    @on_each((*FULL, "terminal"))
    def test_a_request_keeps_its_deadline(self, fd):
        self.foreign("com.b", kind=GoListener, answers=lambda request: [])
        self.remaphore(self.left, "-r", "-D", "com.b", "-t", "500ms", "hi", stderr=fd).expect_exit(NOTHING, within=3)

    @on_each((*FULL, "terminal"))
    def test_a_usage_error_is_not_kept_waiting(self, fd):
        self.command("--no-such-option", stderr=fd).expect_exit(USAGE, within=3)

    def test_lost_lines_are_counted_when_it_is_read_again(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        listener = self.listening("sh", "-c", "echo $1", stderr=writer)
        os.close(writer)
        for _ in range(600):
            self.right.send(b"\0", verb="x" * 200)  # a line, and no command
        self.right.send(b"last")
        listener.stdout.wait_for("last")
        text = b""
        while b" lines were lost, nobody read standard error\n" not in text:
            text += os.read(reader, 65536)
        lines = text.decode().splitlines()
        self.assertTrue(all(line.startswith("remaphore: ") or line == "Ready" for line in lines), lines)
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=3)


class LiveView(UnreadCase):
    def on_stopped_terminal(self, *args, **options):
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        self.addCleanup(os.close, follower)
        termios.tcflow(follower, termios.TCOOFF)
        return self.remaphore(self.left, "-r", "-D", "com.b", *args, stderr=follower,
                              **({"stdout": follower} | options))

    def test_a_request_keeps_its_deadline(self):
        self.foreign("com.b", kind=GoListener, answers=lambda request: [])
        self.on_stopped_terminal("-t", "500ms", "hi").expect_exit(NOTHING, within=3)

    def test_a_request_dies_of_the_signal(self):
        silent = self.foreign("com.b", kind=GoListener, answers=lambda request: [])
        process = self.on_stopped_terminal("hi")
        wait_until(lambda: silent.requests, "the request arrived")
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM, within=3)

    def test_answers_arrive_elsewhere(self):
        self.foreign("com.b", kind=GoListener, payload=b"0,done")
        process = self.on_stopped_terminal("hi", stdout=subprocess.PIPE).expect_exit(OK, within=3)
        self.assertEqual(process.stdout.data, b"com.b,0,done\n")


class NoReader(UnreadCase):
    """The reader of standard output is gone."""

    def gone(self):
        """The ends of what had a reader."""
        reader, writer = os.pipe()
        yield writer, lambda: os.close(reader)
        one, other = socket.socketpair()
        yield other.detach(), one.close
        leader, follower = pty.openpty()
        yield follower, lambda: os.close(leader)

    def test_a_listener_ends_at_once(self):
        for writer, leave in self.gone():
            listener = self.remaphore(self.left, stdout=writer).wait_ready()
            os.close(writer)
            leave()
            listener.expect_exit(FAILURE, within=3)
            self.assert_error_line(listener, "nobody reads standard output")

    def test_a_listener_that_writes_json_ends_at_once(self):
        for writer, leave in self.gone():
            listener = self.remaphore(self.left, "--json", "true", stdout=writer).wait_ready()
            os.close(writer)
            leave()
            listener.expect_exit(FAILURE, within=3)

    def test_a_listener_whose_commands_alone_write_goes_on(self):
        for writer, leave in self.gone():
            listener = self.remaphore(self.left, "sh", "-c", "exit 5", stdout=writer).wait_ready()
            os.close(writer)
            leave()
            self.right.send(b"hi")
            listener.stderr.wait_for("exit status 5")
            listener.signal(signal.SIGTERM)
            listener.expect_exit(-signal.SIGTERM)

    def test_a_request_ends_at_once(self):
        silent = self.foreign("com.b", kind=GoListener, answers=lambda request: [])
        for writer, leave in self.gone():
            silent.requests.clear()
            process = self.remaphore(self.left, "-r", "-D", "com.b", "hi", stdout=writer)
            os.close(writer)
            wait_until(lambda: silent.requests, "the request arrived")
            leave()
            process.expect_exit(FAILURE, within=3)
            self.assert_error_line(process, "nobody reads standard output")

    def test_a_file_is_no_reader_that_leaves(self):
        for path in (os.devnull, self.path("out")):
            with open(path, "wb") as out:
                listener = self.remaphore(self.left, "-o", stdout=out).wait_ready()
            self.right.send(b"hi")
            listener.expect_exit(OK)

    def test_a_pipeline_ends_with_its_reader(self):
        shell = self.start("/bin/sh", "-c", '"$0" -c "$1" | head -n1', REMAPHORE, self.left.write()).wait_ready()
        self.right.send(b"one")
        shell.expect_exit(OK, within=5)
        self.assertEqual(shell.stdout.data, b"one\n")
