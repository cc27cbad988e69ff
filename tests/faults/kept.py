"""What a stream keeps: joins while messages pour in, and a listener that is killed again and again. Each message
arrives exactly once, in order; with a killed listener at most once, and only messages that it was starting are lost."""

import json
import os
import random
import signal
import threading
import time

import case
import wire
from process import Process, wait_until
from rig import Rig, frame, table
from streams import StreamFleet

JOINED = 5_000      # messages of each join
RATE = 25_000       # a second
CHUNK = 250         # sent at a time
KILLED = 100        # messages for each kill
JOBS = 4


class KeptRig(Rig):
    def __enter__(self):
        super().__enter__()
        self.server.jetstream = True
        self.server.authority.disk_storage = -1
        self.server.restart()
        self.fleet.close()
        self.fleet = StreamFleet(self.server, self.path("kept"), "faults")
        self.node, self.good = self.fleet.node("com.node"), self.fleet.foreign("com.good")
        return self

    def begin(self, *words):
        """Starts a program and does not wait for it."""
        process = Process([case.REMAPHORE, "-c", self.node.write(), "-q", "--since", "1h", *words],
                          env=case.environment(), cwd=self.folder)
        self.processes.append(process)
        return process

    def end(self, process, number):
        process.signal(number)
        process.wait_exit()
        process.close()
        self.processes.remove(process)


def joins(rig, runs):
    """Joins at a random moment while JOINED messages come in. How often something was lost, twice or out of order."""
    raws = [wire.build(rig.good.identity, b"%d" % number, uuid=uuid_of(number)) for number in range(JOINED)]
    chunks = [b"".join(frame(rig.subject(), raw) for raw in raws[start:start + CHUNK])
              for start in range(0, JOINED, CHUNK)]
    expected = b"".join(b"%d\n" % number for number in range(JOINED))
    wrong, seconds, rates = 0, [], []
    for _ in range(runs):
        rig.fleet.streams.purge(rig.fleet.streams.messages)
        began = time.monotonic()
        sender = threading.Thread(target=pour, args=(rig.good.client, chunks, rates))
        sender.start()
        threading.Event().wait(random.uniform(0, JOINED / RATE))
        process = rig.begin()
        sender.join()
        process.wait_ready(within=120)
        process.stdout.wait(lambda data: data.count(b"\n") >= JOINED, f"{JOINED} messages", within=30)
        rig.end(process, signal.SIGTERM)
        wrong += process.stdout.data != expected
        seconds.append(time.monotonic() - began)
    return [runs, wrong, f"{sum(rates) / len(rates):.0f}", f"{max(seconds):.1f}"]


def pour(client, chunks, rates):
    began, pause = time.monotonic(), threading.Event()
    for number, chunk in enumerate(chunks):
        ahead = began + number * CHUNK / RATE - time.monotonic()
        if ahead > 0:
            pause.wait(ahead)
        client._send(chunk)
    client.flush(within=60)
    rates.append(len(chunks) * CHUNK / (time.monotonic() - began))


def kills(rig, runs):
    """A listener with --state that is killed `runs` times while messages come in, and then left in peace."""
    count = runs * KILLED
    ran = rig.path("ran")
    script = rig.path("script")
    with open(script, "w") as file:
        file.write(f'#!/bin/sh\necho "$2" >>{ran}\n')
    os.chmod(script, 0o755)
    open(ran, "w").close()
    rig.fleet.streams.purge(rig.fleet.streams.messages)
    audit = rig.path("audit.jsonl")
    words = ("--state", rig.path("state"), "--audit", audit, "--jobs", str(JOBS), script)
    over = threading.Event()
    sender = threading.Thread(target=trickle, args=(rig, count, over))
    process = rig.begin(*words).wait_ready()
    sender.start()
    for _ in range(runs):
        threading.Event().wait(random.uniform(0, 0.5))
        rig.end(process, signal.SIGKILL)
        process = rig.begin(*words)
    sender.join()
    process.wait_ready(within=120)
    last = b"%d\n" % (count - 1)
    wait_until(lambda: last in open(ran, "rb").read(), "the last message has run", within=300)
    rig.end(process, signal.SIGTERM)
    lines = open(ran, "rb").read().split()
    lost = {uuid_of(number).hex() for number in range(count)} - {uuid_of(int(line)).hex() for line in lines}
    return [runs, count, len(lines) - len(set(lines)), len(lost), len(lost - taken(audit))]


def taken(audit):
    """The UUIDs of messages that the audit names as taken and of which it says no more."""
    actions = {}
    with open(audit, "rb") as file:
        for line in map(json.loads, file):
            if "uuid" in line:
                actions[line["uuid"]] = line["action"]
    return {uuid for uuid, action in actions.items() if action == "taken"}


def uuid_of(number):
    return b"%012d" % number


def trickle(rig, count, over):
    """Publishes only as many per second as a listener that is killed all the time can run."""
    for start in range(0, count, 20):
        rig.publish(rig.good, (wire.build(rig.good.identity, b"%d" % number, uuid=uuid_of(number))
                               for number in range(start, start + 20)))
        over.wait(0.05)


def run(runs):
    with KeptRig() as rig:
        joined = joins(rig, runs * 15)
        table("joins under load", ["wrong", "messages/s", "slowest, s"], [joined])
        killed = kills(rig, runs * 10)
        table("kills", ["messages", "run twice", "not run", "and not in the audit"], [killed])
        return joined[1] == 0 and killed[2] == 0 and killed[3] <= killed[0] * JOBS and killed[4] == 0
