"""A listener that receives nothing."""

import time

from figures import Figures, Row
from process import status_of

WINDOW = 3.0  # seconds


def watch(rig, peers, windows):
    listener = rig.listen(peers)
    time.sleep(0.5)  # work left over from the start does not count as idling
    wakeups = []
    for _ in range(windows):
        before = status_of(listener.pid, "voluntary_ctxt_switches")
        time.sleep(WINDOW)  # the figure is one of elapsed time
        wakeups.append(status_of(listener.pid, "voluntary_ctxt_switches") - before)
    memory = [status_of(listener.pid, field) / 1024 for field in ("VmRSS", "RssAnon", "RssFile")]
    threads = status_of(listener.pid, "Threads")
    listener.close()
    return memory, threads, wakeups


def measure(rig):
    found = [watch(rig, 10, 1 if rig.quick else 2) for _ in range(3)]
    memory = [Figures(values) for values in zip(*(one[0] for one in found))]
    return [
        Row("idle listener: RSS", "MiB", memory[0],
            f"RssAnon {memory[1].median:.2f} MiB, RssFile {memory[2].median:.2f} MiB",
            None, 3),
        Row("idle listener: threads", "", Figures(one[1] for one in found), "", None, 1),
        Row("idle listener: wake-ups in 3 s", "", Figures(count for one in found for count in one[2]), "", None, 2),
    ]
