"""Child processes with captured output, awaited by event and never for longer than a deadline."""

import atexit
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import threading
import time

DEADLINE = float(os.environ.get("REMAPHORE_TEST_DEADLINE", "20"))
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
living = set()


class Lost(AssertionError):
    """Something that had to come never came."""


class WrongExit(AssertionError):
    """The process did not end as it should have."""


class Late(AssertionError):
    """The process was still there when it should have ended."""


class LeftOver(AssertionError):
    """A process, descriptor or file was left behind."""


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_until(holds, what, within=DEADLINE):
    """Asks every few milliseconds, for conditions that send no event. Returns what held.

    `what` is a text, or makes one when it is needed.
    """
    end = time.monotonic() + within
    pause = threading.Event()
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > end:
            raise Lost(f"not within {within} s: {what() if callable(what) else what}")
        pause.wait(0.005)


def state(path):
    """The state letter of a process or thread in /proc; empty if it does not exist."""
    try:
        with open(path + "/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def is_alive(pid):
    return state(f"/proc/{pid}") not in ("", "Z", "X")


def is_stopped(pid):
    return all(state(f"/proc/{pid}/task/{task}") in ("T", "") for task in os.listdir(f"/proc/{pid}/task"))


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            direct = [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [grand for child in direct for grand in [child, *children_of(child)]]


def cpu_seconds(pid):
    """User and system time of a process that has not been reaped, its threads included."""
    with open(f"/proc/{pid}/stat") as stat:
        user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def status_of(pid, field):
    """A number of /proc/PID/status, such as Threads or VmRSS (KiB)."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field + ":"))


def descriptors_of(pid):
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
    return found


def marked(variable, value):
    """The processes that were started, at whatever distance, with this in their environment."""
    mark = f"{variable}={value}".encode()
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/environ", "rb") as environ:
                if mark in environ.read().split(b"\0"):
                    found.append(int(name))
    return found


class Stream:
    """What came out of one descriptor so far."""

    def __init__(self, name, changed):
        self.name, self.changed = name, changed
        self.data = b""
        self.closed = False

    def __contains__(self, part):
        return (part.encode() if isinstance(part, str) else part) in self.data

    @property
    def text(self):
        return self.data.decode("utf-8", "replace")

    @property
    def lines(self):
        return self.text.splitlines()

    def wait_for(self, part, within=DEADLINE, count=1):
        """Waits until `part` was written `count` times. Returns the bytes so far."""
        want = part.encode() if isinstance(part, str) else part
        return self.wait(lambda data: data.count(want) >= count, f"{count} x {part!r}", within)

    def wait_lines(self, count, within=DEADLINE):
        self.wait(lambda data: data.count(b"\n") >= count, f"{count} lines", within)
        return self.lines

    def wait(self, holds, what, within=DEADLINE):
        with self.changed:
            if not self.changed.wait_for(lambda: holds(self.data) or self.closed, within) or not holds(self.data):
                raise Lost(f"{self.name} never had {what}; it has {self.data[-4000:]!r}{self.beside()}")
            return self.data

    def beside(self):
        return ""


class Process:
    """A started program. Every wait has a deadline; `close` leaves none of its processes behind."""

    def __init__(self, argv, *, env=None, cwd=None, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                 stderr=subprocess.PIPE, preexec=None, pass_fds=()):
        self.argv = [os.fsencode(word) for word in argv]
        self.changed = threading.Condition()
        self.stdout, self.stderr = Stream("stdout", self.changed), Stream("stderr", self.changed)
        self.stdout.beside = lambda: f"; stderr has {self.stderr.data[-2000:]!r}"
        self.stderr.beside = lambda: f"; stdout has {self.stdout.data[-500:]!r}"
        self.returncode = None

        def before_exec():
            die_with_parent()
            # whatever we were started under, as nohup
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)
            if preexec:
                preexec()

        self.started = time.monotonic()  # before it can have begun: it never seems quicker than it was
        self.popen = subprocess.Popen(self.argv, env=env, cwd=cwd, stdin=stdin, stdout=stdout, stderr=stderr,
                                      preexec_fn=before_exec, pass_fds=pass_fds)
        self.ended = None
        self.cpu = None  # seconds, once it has ended
        self.pid = self.popen.pid
        living.add(self)
        self.reading = threading.Event()
        self.reading.set()
        self.wake_read, self.wake_write = os.pipe()
        self.stopping = False
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        poller = select.poll()
        streams = {}
        for stream, pipe in ((self.stdout, self.popen.stdout), (self.stderr, self.popen.stderr)):
            if pipe is None:
                stream.closed = True
                continue
            os.set_blocking(pipe.fileno(), False)
            streams[pipe.fileno()] = stream
        pidfd = os.pidfd_open(self.pid)
        poller.register(pidfd, select.POLLIN)
        poller.register(self.wake_read, select.POLLIN)
        try:
            while not self.stopping and (streams or self.returncode is None):
                for fd, stream in streams.items():
                    poller.register(fd, select.POLLIN)
                    if self._held(stream):
                        poller.unregister(fd)
                ready = [fd for fd, _ in poller.poll()]
                if self.wake_read in ready:
                    os.read(self.wake_read, 100)
                exited = pidfd in ready and self.returncode is None
                ended = self._drain(streams)
                for fd in ended:
                    with contextlib.suppress(KeyError):  # reading may have been resumed since
                        poller.unregister(fd)
                    del streams[fd]
                if exited:
                    poller.unregister(pidfd)
                    now = time.monotonic()
                    self.cpu = cpu_seconds(self.pid)
                    code = self.popen.wait()
                    with self.changed:
                        self.ended = now
                        self.returncode = code
                        self.changed.notify_all()
        finally:
            os.close(pidfd)
            with self.changed:
                self.stdout.closed = self.stderr.closed = True
                self.changed.notify_all()

    def _held(self, stream):
        return stream is self.stdout and not self.reading.is_set()

    def _drain(self, streams):
        """Reads both pipes until a round finds them empty and only then shows what came: nothing is seen without
        what was written before it, on either stream. The descriptors that have ended."""
        read, ended = {}, set()
        for _ in range(1000):
            before = sum(map(len, read.values())) + len(ended)
            for fd, stream in streams.items():
                if fd in ended or self._held(stream):
                    continue
                try:
                    data = os.read(fd, 1 << 16)
                except BlockingIOError:
                    continue
                if not data:
                    ended.add(fd)
                read[fd] = read.get(fd, b"") + data
            if sum(map(len, read.values())) + len(ended) == before:
                break
        with self.changed:
            for fd, data in read.items():
                streams[fd].data += data
                streams[fd].closed |= fd in ended
            self.changed.notify_all()
        return ended

    def pause_reading(self):
        """Leaves stdout unread, as a slow consumer does."""
        self.reading.clear()
        os.write(self.wake_write, b"x")

    def resume_reading(self):
        self.reading.set()
        os.write(self.wake_write, b"x")

    def wait_ready(self, within=DEADLINE):
        """Waits for the bare line `Ready` on stderr."""
        self.stderr.wait(lambda data: b"Ready" in data.splitlines() and data.endswith(b"\n") or
                         b"\nReady\n" in b"\n" + data, "the line Ready", within)
        return self

    def wait_exit(self, within=DEADLINE):
        with self.changed:
            if not self.changed.wait_for(lambda: self.returncode is not None, within):
                raise Late(f"still running after {within} s: {self}")
        return self.returncode

    def expect_exit(self, code, within=DEADLINE):
        """Waits for the end and insists on this exit code (negative: a signal)."""
        seen = self.wait_exit(within)
        if seen != code:
            raise WrongExit(f"exit {seen}, expected {code}: {self}")
        return self

    @property
    def seconds(self):
        return (self.ended or time.monotonic()) - self.started

    def signal(self, number):
        os.kill(self.pid, number) if self.returncode is None else None

    def close(self, grace=3.0):
        if self not in living:
            return
        living.discard(self)
        offspring = children_of(self.pid) if self.returncode is None else []
        if self.returncode is None:
            for number, patience in ((signal.SIGCONT, 0), (signal.SIGTERM, grace), (signal.SIGKILL, DEADLINE)):
                try:
                    self.popen.send_signal(number)
                except ProcessLookupError:
                    break
                if patience:
                    try:
                        self.wait_exit(patience)
                        break
                    except AssertionError:
                        continue
        for pid in offspring:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.stopping = True
        os.write(self.wake_write, b"x")
        self.thread.join(DEADLINE)
        for pipe in (self.popen.stdout, self.popen.stderr, self.popen.stdin):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
        os.close(self.wake_read)
        os.close(self.wake_write)

    def __str__(self):
        words = " ".join(os.fsdecode(w) for w in self.argv)
        return (f"{words[:400]}\n  exit {self.returncode} after {self.seconds:.2f} s"
                f"\n  stdout {self.stdout.data[-3000:]!r}\n  stderr {self.stderr.data[-3000:]!r}")


@atexit.register
def close_all():
    for process in list(living):
        process.close(grace=0.5)
