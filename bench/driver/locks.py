"""`--lock`: a free lock, and the hand-over between waiters, beside flock(1) and `etcdctl lock` on the same machine."""

import contextlib
import json
import os
import shutil
import time
import urllib.request

import etcd
from figures import Figures, Row
from process import Late, Lost, Process, WrongExit, wait_until
from rig import PLAIN, SUBJECT, Rig
from server import NatsServer
from streams import Streams

LIMIT = 120  # seconds
SETTLING = 3.2  # seconds after which an empty stream is taken to be empty


class LockRig(Rig):
    """A rig with a server that keeps the entries of locks, and counts messages."""

    def __enter__(self):
        super().__enter__()
        self.server.close()
        self.server = NatsServer(jetstream=True, extra='http: "127.0.0.1:-1"\n').start()
        self._write(self.credentials, self.server.credentials)
        self.monitor = self.server.log.split("Starting http monitor on ")[1].split()[0]
        self.streams = Streams(self.server, SUBJECT)
        self.streams.create(self.streams.locks)
        time.sleep(SETTLING)
        self.streams.api.put(f"{SUBJECT}.lock.age.{'f' * 32}", b"it is not new")
        return self

    def __exit__(self, *error):
        self.streams.close()
        super().__exit__(*error)

    def messages(self):
        """Messages in and out of the server so far."""
        with urllib.request.urlopen(f"http://{self.monitor}/varz") as answer:
            found = json.load(answer)
        return found["in_msgs"] + found["out_msgs"]

    def quiet(self):
        """The messages so far, once all that have queued have read their predecessors."""
        before, end = self.messages(), time.monotonic() + 60
        while time.monotonic() < end:
            time.sleep(1)
            now = self.messages()
            if now - before < 10:
                return now
            before = now
        raise RuntimeError("those who wait for a lock do not come to rest")

    def lock(self, name, *command):
        return [self.remaphore, "-q", "-c", self.config(1), "--lock", name, "--lease", "5m", *command]

    def flock(self, *command):
        return [shutil.which("flock"), self.path("lock"), *command]

    def contenders(self, name):
        """Those who have ever queued for this lock."""
        found = self.streams.api.api("INFO", self.streams.locks["name"],
                                     {"subjects_filter": f"{SUBJECT}.lock.{name}.*"})
        return len(found["state"].get("subjects") or {})


def flock_waiters():
    with open("/proc/locks") as file:
        return sum("-> FLOCK" in line for line in file)


def chain(rig, count, words, queued, env=PLAIN):
    """This many wait while one holds; ms from each command's first act to that of the next, once the holder lets go,
    and the messages in and out of our server for each of these. LIMIT for all to queue, and for all to have held."""
    log, gate = rig.path("stamps"), rig.path("gate")
    with contextlib.ExitStack() as at_end:
        os.mkfifo(gate)
        at_end.callback(os.unlink, gate)
        stamps = at_end.enter_context(open(log, "ab"))
        at_end.callback(os.unlink, log)

        def start(*command, **options):
            process = Process(words(*command), env=env, **options)
            at_end.callback(process.close, grace=0.5)
            return process

        holder = start("/bin/sh", "-c", f"echo held; read line <{gate}; exec {rig.program('bench_stamp')} >>{log}")
        holder.stdout.wait_for("held")
        waiters = [start(rig.program("bench_stamp"), stdout=stamps) for _ in range(count)]
        wait_until(lambda: queued() >= count, f"{count} wait", within=LIMIT)
        before, end = rig.quiet(), time.monotonic() + LIMIT
        with open(gate, "w") as opened:
            opened.write("go\n")
        for waiter in [holder, *waiters]:
            waiter.expect_exit(0, within=max(0, end - time.monotonic()))
        sent = rig.messages() - before
        with open(log, "rb") as written:
            times = sorted(int(line) for line in written.read().split() if line.isdigit() and len(line) > 8)
    return Figures((b - a) / 1e6 for a, b in zip(times, times[1:])), sent / count


def beside(what, *chained):
    """The same chain with another lock, such as flock or etcd, as text."""
    try:
        return f"{what}: {chain(*chained)[0].median:.3g} ms"
    except (Late, Lost):
        return f"{what}: not finished in {LIMIT} s"
    except WrongExit:
        return f"{what}: failed"


def hand_overs(rig, server):
    rows = []
    for count in (10, 100, 200):
        name = f"among-{count}"
        ours, messages = chain(rig, count, lambda *words: rig.lock(name, *words), lambda: rig.contenders(name) - 1)
        others = [beside("`flock`", rig, count, rig.flock, flock_waiters)]
        if server:
            others.append(beside("`etcdctl lock`", rig, count, lambda *words: server.lock(name, *words),
                                 lambda: server.contenders(name) - 1, server.environment))
        rows.append(Row(f"hand-over with {count} waiting, from command to command", "ms", ours, "; ".join(others)))
        rows.append(Row(f"hand-over with {count} waiting: messages in and out of the server", "", Figures([messages])))
    return rows


def free(rig, server):
    true = "/bin/true"
    commands = [rig.lock("free", true), rig.flock(true), [true]]
    taken, floor, alone, *theirs = rig.time(rig.runs(50), *commands, *([server.lock("free", true)] if server else []))
    beside = "".join(f"; `etcdctl lock` ({server.version}): {one.wall.median:.3g} ms" for one in theirs)
    again, = rig.time(200, rig.lock("free", true))  # by now it was taken often
    return [Row("`--lock`, free: wall time", "ms", taken.wall,
                f"`flock`: {floor.wall.median:.3g} ms, the command alone: {alone.wall.median:.3g} ms{beside}"),
            Row("`--lock`, free: CPU time", "ms", taken.cpu, f"`flock`: {floor.cpu.median:.3g} ms"),
            Row("`--lock`, free, taken 250 times in ten minutes: wall time", "ms",
                Figures(again.wall.values[-50:]))]


def measure(plain_rig):
    with contextlib.ExitStack() as stack:
        rig = stack.enter_context(LockRig(plain_rig.build, plain_rig.quick))
        server = stack.enter_context(etcd.Etcd()) if etcd.installed() else None
        return free(rig, server) + hand_overs(rig, server)
