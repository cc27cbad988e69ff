"""Kept messages: how fast a late listener reads a stream, against a bare client that reads the same."""

import contextlib
import os
import subprocess
import time

from figures import Figures, Row
from process import Process
from rig import NAME, PLAIN, SUBJECT, Rig
from server import NatsServer
from streams import Streams

PEERS = 10
SINCE = ("--since", "2h")


class KeptRig(Rig):
    """A rig with a server of its own, which keeps messages."""

    def __enter__(self):
        super().__enter__()
        self.server.close()
        self.server = NatsServer(jetstream=True, extra="max_pending: 1GB\nwrite_deadline: \"60s\"\n").start()
        self._write(self.credentials, self.server.credentials)
        self.streams = Streams(self.server, SUBJECT).create()
        return self

    def fill(self, count, destination):
        self.streams.purge(self.streams.messages)
        self.load("keep", count, destination)
        self.streams.wait_kept(self.streams.messages, count)

    def join(self, *words):
        """Seconds from the start of a listener until it is ready."""
        began = time.monotonic()
        process = Process([self.remaphore, "-c", self.config(PEERS), "-q", *words], env=PLAIN, cwd=self.folder,
                          stdout=subprocess.DEVNULL)
        process.wait_ready(within=300)
        seconds = time.monotonic() - began
        process.close()
        return seconds


    @contextlib.contextmanager
    def apart(self):
        """The server has half of the cores to itself, as on another machine, and what runs meanwhile the others."""
        cores = sorted(os.sched_getaffinity(0))
        ours = cores[:(len(cores) + 1) // 2]
        self._pin_server(cores[len(ours):] or ours)
        os.sched_setaffinity(0, ours)
        try:
            yield len(ours)
        finally:
            os.sched_setaffinity(0, cores)
            self._pin_server(cores)

    def _pin_server(self, cores):
        for thread in os.listdir(f"/proc/{self.server.process.pid}/task"):
            os.sched_setaffinity(int(thread), cores)

    def race(self, count, cores):
        """A bare client's reads, ours and libsodium's verifications, per second, in turn."""
        bare, ours, verified = [], [], []
        for _ in range(self.runs(10)):
            bare.append(count / self.load("read-kept", count)[0][0] * 1e9)
            ours.append(count / self.join(*SINCE))
            verified.append(self.verify_rate(cores)[0])
        return Figures(bare), Figures(ours), Figures(verified)


def measure(rig):
    with KeptRig(rig.build, rig.quick) as kept:
        count = 60_000 if rig.quick else 100_000
        cores = os.cpu_count()
        kept.fill(count, "com.example.elsewhere")
        bare, others, _ = kept.race(count, cores)
        kept.fill(count, NAME)
        read, us, verified = kept.race(count, cores)
        with kept.apart() as own:
            _, us_apart, verified_apart = kept.race(count, own)
        kept.fill(0, NAME)
        alone = Figures(kept.join() * 1e3 for _ in range(rig.runs(20)))
        joined = Figures(kept.join(*SINCE) * 1e3 for _ in range(rig.runs(20)))
    return [
        Row(f"late join: {count:,} kept messages for another node, per second", "", others,
            f"a bare client's reads: {bare.median:,.0f} per second", others.over(bare), 0.5, True),
        Row(f"late join: {count:,} kept messages for us, per second, the server on other cores", "", us_apart,
            f"libsodium's verifications per second on {own} cores: {verified_apart.median:,.0f}",
            us_apart.over(verified_apart), 0.9, True),
        Row("late join: the same on cores that the server uses too", "", us,
            f"libsodium's verifications per second on {cores} cores: {verified.median:,.0f}", us.over(verified)),
        Row("late join: the same against a bare client's reads", "", us, f"{read.median:,.0f} per second",
            us.over(read)),
        Row("late join: until Ready when nothing is kept, the second look after a second included", "ms", joined,
            f"without --since {alone.median:.0f} ms"),
    ]
