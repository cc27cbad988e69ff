"""The server's cost of carrying one message to many listeners: the floor of a broadcast, whatever listens."""

from figures import Figures, Row
from process import status_of


def measure(rig):
    rows = []
    for count in (10, 100, 1000, 5000):
        before = status_of(rig.server.process.pid, "VmRSS")
        _, last = rig.load("fan-out", count, rig.runs(50))
        last = Figures(value / 1e6 for value in last)
        rows.append(Row(f"one message to {count:,} connections: until the last has it", "ms", last,
                        f"{last.median / count * 1e3:.2f} µs a connection"))
        if count == 5000:
            grown = status_of(rig.server.process.pid, "VmHWM") - before
            rows.append(Row("memory of the server for each of them", "KiB", Figures([grown / count])))
    return rows
