"""The base of the tests of locks: nodes that contend for a lock at a real server, and the history of what they did."""

import os
import select
import threading
import time

from case import let_time_pass, wait_until
from stream_case import StreamCase

from lock_history import judge, parse, write_script
from streams import Streams

CONFLICT, LOST, TIMED_OUT = 75, 76, 124
LEASE = "2s"
LEASE_SECONDS = 2.0
SETTLING = 3.1  # seconds after which an empty stream is taken to be empty
AT_ONCE = 16    # streams that a class has made


def content(path):
    with open(path, "rb") as file:
        return file.read()


class LockCase(StreamCase):
    """A stream that is a few seconds old, like any that was not just lost: a younger one is not taken to be empty at
    once."""

    @classmethod
    def aged(cls):
        """A fleet's subject whose stream has been there for a while, once the first test of the class has waited for
        it."""
        if cls.__dict__.get("_aged_at") is not cls.hub():
            cls._aged_at = cls.hub()
            cls._aged = ["t" + os.urandom(6).hex() for _ in range(AT_ONCE)]
            cls._made = time.monotonic()
            for subject in cls._aged:
                streams = Streams(cls.hub(), subject)
                streams.create(streams.locks)
                streams.close()
        let_time_pass(max(0.0, cls._made + SETTLING - time.monotonic()))
        return cls._aged.pop() if cls._aged else None

    def make_fleet(self, server, subject=None, **options):
        subject = None if subject or options or server is not self.hub() else self.aged()
        if subject is None:
            return super().make_fleet(server, **options)
        fleet = super().make_fleet(server, subject, create=False)
        fleet.streams.api.put(f"{subject}.lock.age.{'f' * 32}", b"it is not new")
        return fleet

    def setUp(self):
        super().setUp()
        self.span = write_script(self.path("span"))
        self.log = self.path("history")
        self.gone = {}
        self.written = {}
        self.watchers = []
        # All know each other: a node that came later would be a stranger to those that run already.
        self.nodes = {who: self.node(f"com.x.{who}") for who in ("left", "right", "third", "admin")}

    def lock(self, who, *args, name="nightly", **options):
        """A remaphore --lock of this node; WHO may be its name with a number, for several of one node."""
        node = self.nodes[who.rstrip("0123456789")]
        if self.written.get(node) != node.config_text():  # others of this node may be reading it
            self.written[node] = node.config_text()
            node.write()
        return self.command("-c", node.config, "--lock", name, *args, **options)

    def recorded(self, who, seconds):
        return [self.span, self.log, who, str(seconds)]

    def hold(self, who, *args, seconds=-1, **options):
        """One that holds until TERM, or for that many seconds; returned once its command runs."""
        before = len(self.spans_of(who))
        process = self.lock(who, *args, *self.recorded(who, seconds), **options)
        wait_until(lambda: len(self.spans_of(who)) > before or process.returncode is not None,
                   lambda: f"{who} holds: {process}")
        return process

    def queue(self, who, *args, seconds=0, **options):
        """One that waits, returned once it has a place in the queue."""
        name = options.get("name", "nightly")
        before = len(self.streams.entries(name))
        process = self.lock(who, *args, *self.recorded(who, seconds), **options)
        wait_until(lambda: len(self.streams.entries(name)) > before or process.returncode is not None,
                   lambda: f"{who} queues: {process}")
        return process

    @property
    def history(self):
        try:
            with open(self.log) as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def spans(self):
        return parse(self.history, self.gone)

    def spans_of(self, who):
        return [span for span in self.spans() if span.who == who]

    def judge(self, slots=1, queue=None):
        for thread in self.watchers:
            thread.join()
        return judge(self.spans(), slots, queue)

    def wait_running(self, who, count=1):
        wait_until(lambda: len(self.spans_of(who)) >= count, lambda: f"{who} runs: {self.history}")
        return self.spans_of(who)[-1]

    def watch(self, pid):
        """Records when the process is gone, for processes that cannot do so themselves."""
        try:
            pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            return

        def wait():
            poller = select.poll()
            poller.register(pidfd, select.POLLIN)
            poller.poll(60000)
            self.gone[pid] = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            os.close(pidfd)
        self.watchers.append(threading.Thread(target=wait))
        self.watchers[-1].start()

    @staticmethod
    def children_of(process):
        """The process ids of the children, each with its name and its command line."""
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
            pids = file.read().split()
        return {int(pid): (content(f"/proc/{pid}/comm"), content(f"/proc/{pid}/cmdline")) for pid in pids}

    def command_of(self, process):
        """The first process of the command that this remaphore runs."""
        def find():
            return next((pid for pid, names in self.children_of(process).items() if names[1] != b"lock-guard\0"), None)
        return wait_until(find, "a command runs")

    def guard_of(self, process):
        """The guard of that command, and its names."""
        def find():
            return next((one for one in self.children_of(process).items() if one[1][0] == b"lock-guard\n"), None)
        return wait_until(find, "a guard runs")
