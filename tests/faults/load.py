"""How long a good message takes while a burst, junk or forgeries come in. The load is measured, not assumed: what was
sent is counted, and compared with the number of signatures that the listener can check."""

import json
import os
import subprocess
import sys
import threading
import time

import wire
from process import Lost, cpu_seconds, status_of, wait_until
from rig import Rig, frame, table
from nats_client import NatsClient

BURST = 20_000
SECONDS = 6         # of each flood
EVERY = 0.05        # between good messages
LIMIT = 1.0         # seconds that a good message may take
JUNK_RATE = 100e6   # bytes a second, wanted


def build_junk(rig):
    whole = wire.build(rig.other.identity, b"x").split(b",", 7)
    huge = b"z" * 1_000_000
    stranger = wire.Identity()
    return {
        "malformed, 100 bytes": [os.urandom(100).replace(b",", b".") for _ in range(1000)],
        "malformed, 64 KiB": [os.urandom(1 << 16).replace(b",", b".") for _ in range(30)],
        "commas only": [b"," * 1000],
        "unknown keys, 200 bytes": [wire.build(wire.Identity(), b"x" * 20) for _ in range(300)],
        "unknown key, 64 KiB": [wire.build(stranger, b"x" * (1 << 16)) for _ in range(10)],
        **{f"{name} of 1 MB": [b",".join([*whole[:index], huge, *whole[index + 1:7], b"x"])]
           for index, name in ((0, "key"), (1, "signature"), (2, "destination"), (3, "time"), (5, "verb"))},
    }


def flood(url, credentials, path, rate, seconds):
    """A process: sends the file again and again, at most that many bytes per second. Reports how many it
    sent, and in what time."""
    data = open(path, "rb").read()
    client = NatsClient(url, open(credentials).read())
    began, sent = time.monotonic(), 0
    pause = threading.Event()
    while (now := time.monotonic()) - began < seconds:
        ahead = sent / rate - (now - began)
        if ahead > 0:
            pause.wait(ahead)
            continue
        client._send(data)
        sent += len(data)
    client.flush(within=120)
    print(sent, time.monotonic() - began)


class Delays:
    """Good messages, one after the other, and when each was printed."""

    def __init__(self, rig, listener):
        self.rig, self.listener = rig, listener
        self.count = 0
        self.refused = 0

    def measure(self, holds):
        """While `holds()`. The delays; a message that never comes is an error."""
        delays = []
        pause = threading.Event()
        while holds():
            self.count += 1
            line = b"good %d" % self.count
            began = time.monotonic()
            self.rig.good.publish(wire.build(self.rig.good.identity, line))
            self.listener.stdout.wait(lambda data: data.endswith(line + b"\n"), line, within=60)
            delays.append(time.monotonic() - began)
            pause.wait(EVERY)
        return delays


def under_flood(rig, delays, name, raws, rate, size_limit=4 << 20):
    chunk = bytearray()
    while len(chunk) < min(size_limit, rate / 20):
        for raw in raws:
            chunk += frame(rig.subject(), raw)
            if len(chunk) > size_limit:
                break
    count = chunk.count(b"PUB " + rig.subject().encode())
    path, credentials = rig.path("flood"), rig.path("flood.creds")
    for file, data in ((path, bytes(chunk)), (credentials, rig.server.credentials.encode())):
        with open(file, "wb") as out:
            out.write(data)
    code = ("import sys; sys.path[:0] = sys.argv[1].split(':'); import load; "
            "load.flood(*sys.argv[2:5], *map(float, sys.argv[5:7]))")
    flooder = subprocess.Popen([sys.executable, "-B", "-c", code, ":".join(sys.path[:4]), rig.server.url, credentials,
                                path, str(rate), str(SECONDS)], stdout=subprocess.PIPE, text=True)
    try:
        before = cpu_seconds(delays.listener.pid)
        lost = 0
        try:
            seen = delays.measure(lambda: flooder.poll() is None)
        except Lost as error:
            print(error)
            seen, lost = [float("inf")], 1
        sent, seconds = map(float, flooder.communicate(timeout=180)[0].split())
    finally:
        flooder.kill()
        flooder.wait()
    used = cpu_seconds(delays.listener.pid) - before
    seen.sort()
    messages = round(sent / len(chunk) * count)
    wanted = delays.refused + messages
    wait_until(lambda: refused(rig.path("audit")) >= wanted, f"all {messages} were judged", within=60)
    delays.refused = refused(rig.path("audit"))
    return {"name": name, "rate": sent / seconds, "per_second": messages / seconds, "delays": seen, "lost": lost,
            "unjudged": wanted - delays.refused, "cpu": used / seconds,
            "rss": status_of(delays.listener.pid, "VmHWM") >> 10}


def refused(audit):
    """How many messages the listener has turned away, by its own account."""
    with open(audit) as file:
        return sum(sum(json.loads(line)["refused"].values()) for line in file if '"action":"refused"' in line)


def burst(rig):
    """A listener whose stdout is read late. And the rate at which it checks signatures, by its own processor time."""
    raws = [wire.build(rig.good.identity, b"%d" % number) for number in range(BURST)]
    listener = rig.listen("-q")
    listener.pause_reading()
    used = cpu_seconds(listener.pid)
    began = time.monotonic()
    rig.publish(rig.good, raws)
    sent = time.monotonic() - began
    listener.resume_reading()
    listener.stdout.wait_for(b"\n%d\n" % (BURST - 1), within=60)
    seconds = time.monotonic() - began
    used = cpu_seconds(listener.pid) - used
    in_order = listener.stdout.data == b"".join(b"%d\n" % number for number in range(BURST))
    table("burst", ["messages", "sent in", "read after", "in order", "RSS MiB"],
          [["stdout read late", BURST, f"{sent:.2f} s", f"{seconds:.2f} s", "yes" if in_order else "NO",
            status_of(listener.pid, "VmRSS") >> 10]])
    listener.close()
    return in_order, BURST / max(used, 0.01)


def run():
    with Rig() as rig:
        rig.node.settings["allow_skew"] = "1h"
        good, rate = burst(rig)
        print(f"verify rate: {rate:.0f} messages a second of processor time, all else that a message needs included\n")
        listener = rig.listen("-q", "--audit", rig.path("audit"))
        delays = Delays(rig, listener)
        end = time.monotonic() + 2
        idle = sorted(delays.measure(lambda: time.monotonic() < end))
        results = [{"name": "nothing", "rate": 0, "per_second": 0, "delays": idle, "lost": 0, "unjudged": 0,
                    "cpu": 0, "rss": status_of(listener.pid, "VmHWM") >> 10}]
        for name, raws in build_junk(rig).items():
            results.append(under_flood(rig, delays, name, raws, JUNK_RATE))
        forged = [wire.build(rig.other.identity, b"forged %d" % number)[:-1] + b"x" for number in range(400)]
        size = sum(len(frame(rig.subject(), raw)) for raw in forged) / len(forged)
        for share in (0.1, 0.25, 0.5):
            results.append(under_flood(rig, delays,
                                       f"forgeries of another peer's key at {share:.0%} of the verify rate",
                                       forged, rate * share * size))
        several = [wire.build(key, b"forged %d" % number)[:-1] + b"x" for number in range(80)
                   for key in [rig.other.identity, *(member.identity for member in rig.crowd)]]
        results.append(under_flood(rig, delays, "forgeries of five peers' keys at 50% of the verify rate", several,
                                   rate * 0.5 * size))
        table("while this comes in",
              ["MB/s", "messages/s", "good sent", "lost", "median ms", "longest ms", "CPU", "peak MiB"],
              [[one["name"], f"{one['rate'] / 1e6:.1f}", f"{one['per_second']:.0f}", len(one["delays"]), one["lost"],
                f"{one['delays'][len(one['delays']) // 2] * 1e3:.0f}", f"{one['delays'][-1] * 1e3:.0f}",
                f"{one['cpu']:.0%}", one["rss"]] for one in results])
        said = [line for line in listener.stderr.lines if line != "Ready"]
        if said:
            print("the listener said: " + "\n".join(said[:20]))
        good = good and not any(one["lost"] or one["unjudged"] or one["delays"][-1] >= LIMIT
                                for one in results) and not said
        print("every good message in less than a second, none lost" if good else "not as it has to be")
        return good
