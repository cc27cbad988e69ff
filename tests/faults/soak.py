"""100,000 messages: one listener runs a command for every tenth of them, one prints the rest; neither may grow."""

import os
import time

import wire
from process import children_of, cpu_seconds, descriptors_of, status_of, wait_until
from rig import Rig, table

MESSAGES = 100_000
STEP = 500          # sent at a time, then awaited
SAMPLE = 10_000
EVERY = 10          # of so many, one runs the command
WARM_UP = 30_000    # by then every table has had its size
GROWTH = 512        # KiB that memory may differ by after that


def sample(process):
    return {"descriptors": len(descriptors_of(process.pid)), "threads": status_of(process.pid, "Threads"),
            "children": len(children_of(process.pid)), "RSS KiB": status_of(process.pid, "VmRSS")}


def run():
    with Rig() as rig:
        rig.node.settings["allow_skew"] = "2s"  # so that the memory of messages turns over many times
        runner = rig.listen("-q", "-v", "run", "--state", rig.path("state"), "--audit", rig.path("audit"), "/bin/echo")
        printer = rig.listen("-q", "-v", "print", "--state", rig.path("state2"), "--audit", rig.path("audit2"))
        listeners = {"runs": runner, "prints": printer}
        done = {"runs": 0, "prints": 0}
        samples = {name: [] for name in listeners}
        began = time.monotonic()
        for start in range(0, MESSAGES, STEP):
            numbers = range(start, start + STEP)
            rig.publish(rig.good, (wire.build(rig.good.identity, b"%d" % number,
                                              verb="run" if number % EVERY == 0 else "print") for number in numbers))
            for name, process in listeners.items():
                done[name] += sum((number % EVERY == 0) == (name == "runs") for number in numbers)
                wait_lines(process, done[name])
            if (start + STEP) % SAMPLE == 0:
                for name, process in listeners.items():
                    wait_until(lambda: not children_of(process.pid), "the last command has been reaped")
                    wait_until(lambda: status_of(process.pid, "Threads") == 1, "the threads of the backlog have ended")
                    samples[name].append({"messages": start + STEP} | sample(process))
        seconds = time.monotonic() - began
        good = check(listeners, samples)
        for name in listeners:
            columns = list(samples[name][0])[1:]
            table(f"listener that {name}", columns,
                  [[one["messages"], *(one[c] for c in columns)] for one in samples[name]])
        sizes = {name: os.path.getsize(rig.path(name)) for name in ("state/guard", "state2/guard", "audit", "audit2")}
        print(f"{MESSAGES} messages in {seconds:.0f} s; processor time " +
              ", ".join(f"{name} {cpu_seconds(process.pid):.1f} s" for name, process in listeners.items()))
        print("files: " + ", ".join(f"{name} {size} bytes" for name, size in sizes.items()))
        print("lost 0, out of order 0, grown 0" if good else "not as it has to be")
        return good


def wait_lines(process, count):
    """Waits for `count` lines without scanning all earlier ones again and again."""
    process.stdout.wait(lambda data: counter(process, data) >= count, f"{count} lines", within=120)


def counter(process, data):
    at, lines = getattr(process, "counted", (0, 0))
    lines += data.count(b"\n", at)
    process.counted = (len(data), lines)
    return lines


def check(listeners, samples):
    good = True
    wanted = {"runs": b"".join(b"run %d\n" % n for n in range(0, MESSAGES, EVERY)),
              "prints": b"".join(b"%d\n" % n for n in range(MESSAGES) if n % EVERY)}
    for name, process in listeners.items():
        if process.stdout.data != wanted[name]:
            print(f"the listener that {name}: what came out is not what was sent")
            good = False
        if process.stderr.data != b"Ready\n":
            print(f"the listener that {name} said: {process.stderr.text[-2000:]}")
            good = False
        warm = [one for one in samples[name] if one["messages"] >= WARM_UP]
        for what in ("descriptors", "threads", "children"):
            if len({one[what] for one in samples[name]}) != 1:
                print(f"the listener that {name}: {what} change")
                good = False
        if max(one["RSS KiB"] for one in warm) - warm[0]["RSS KiB"] > GROWTH:
            print(f"the listener that {name}: memory grows")
            good = False
    return good
