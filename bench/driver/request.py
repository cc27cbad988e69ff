"""`-r` with one to 10,000 responders, all of them played by one connection."""

import contextlib
import os

from figures import Figures, Row


@contextlib.contextmanager
def responders(rig, count, kind):
    process = rig.start_load("respond", count, kind)
    try:
        yield process
    finally:
        process.communicate()
        if process.returncode != 0:
            raise RuntimeError("bench_load respond failed")


def one(rig):
    """Beyond a send and one round trip: each measured in the same turn."""
    config = rig.config(1)
    beyond, trips, whole, pings = [], [], [], []
    with responders(rig, 1, "bound"):
        for _ in range(rig.runs(100)):
            asked, sent = rig.time(5, [rig.remaphore, "-c", config, "-r", "uptime"],
                                   [rig.remaphore, "-c", config, "-s", "uptime"], warmup=1)
            ping, echo = (Figures(value / 1e6 for value in column) for column in rig.load("round-trip", 20))
            whole.append(asked.wall.median)
            trips.append(echo.median)
            pings.append(ping.median)
            beyond.append(asked.wall.median - sent.wall.median - echo.median)
    return [
        Row("`-r`, one responder: beyond a send and a round trip", "ms", Figures(beyond),
            f"round trip {Figures(trips).median:.3f} ms to the responder and back", None, 0.3),
        Row("`-r`, one responder: wall time", "ms", Figures(whole), f"PING to PONG {Figures(pings).median:.3f} ms"),
    ]


def many(rig):
    cores = os.cpu_count()
    rows = []
    for count, runs in ((10, 100), (100, 100), (1000, 30), (10_000, 20)):
        config = rig.config(count)
        wall, cpu, memory, floor = [], [], [], []
        with responders(rig, count, "prepared"):
            for _ in range(rig.runs(runs)):
                rate, _ = rig.verify_rate(cores, 0.3)
                (asked,) = rig.time(1, [rig.remaphore, "-c", config, "-r", "uptime"], warmup=0)
                wall += asked.wall.values
                cpu += asked.cpu.values
                memory += asked.memory.values
                floor.append(count / rate * 1e3)
        wall, floor = Figures(wall), Figures(floor)
        last = count == 10_000
        rows.append(Row(f"`-r`, {count:,} responders: wall time", "ms", wall,
                        f"{count:,} verifications on {cores} cores: {floor.median:.3g} ms", wall.over(floor),
                        1.1 if last else None))
        rows.append(Row(f"`-r`, {count:,} responders: CPU time", "ms", Figures(cpu)))
        rows.append(Row(f"`-r`, {count:,} responders: peak memory", "MiB", Figures(memory), "", None,
                        30 if last else None))
    return rows
