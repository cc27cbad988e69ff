"""Listeners under load: bystanders, verified messages, bursts, reactions."""

import os

from figures import Figures, Row
from process import status_of
from rig import NAME

PEERS = 10


def floods(rig, kind, count, runs, peers=PEERS):
    """A fresh listener for each run. Columns: bytes, publish, answer, CPU (ns)."""
    found = []
    for _ in range(runs):
        listener = rig.listen(peers, "-q")
        found.append([column[0] for column in rig.load("flood", kind, count, NAME, listener.pid)])
        listener.close()
    return [list(column) for column in zip(*found)]


def verified(rig):
    """Messages for us, no script, in one backlog; libsodium's own rates right before and after each."""
    count = 20_000 if rig.quick else 50_000
    cores = os.cpu_count()
    per_second, per_cpu, ratio, ratio_all, used = [], [], [], [], []

    def libsodium():
        return rig.verify_rate(1)[1], rig.verify_rate(cores)[0]

    before = libsodium()
    for _ in range(rig.runs(20)):
        _, _, wall, cpu = (column[0] for column in floods(rig, "verified", count, 1))
        after = libsodium()
        per_second.append(count / wall * 1e9)
        per_cpu.append(count / cpu * 1e9)
        ratio.append(2 * per_cpu[-1] / (before[0] + after[0]))
        ratio_all.append(2 * per_second[-1] / (before[1] + after[1]))
        used.append(cpu / wall)
        before = after
    return [
        Row("verified messages per second of CPU time, no script", "", Figures(per_cpu),
            "libsodium's verifications per second of CPU time", Figures(ratio), 0.95, True),
        Row(f"verified messages per second, a backlog of {count:,}", "", Figures(per_second),
            f"libsodium's verifications per second on {cores} cores", Figures(ratio_all), 0.95, True),
        Row("cores that the backlog uses", "", Figures(used), f"{cores} cores"),
    ]


def bystander(rig):
    """Messages for another node, from a known peer, and from an unknown one."""
    count = 200_000 if rig.quick else 1_000_000
    runs = rig.runs(20)
    rows = []
    for_us = floods(rig, "verified", 20_000, runs)
    verified_cost = Figures(cpu / 20_000 for cpu in for_us[3])
    for kind, what in (("elsewhere", "for another node"), ("stranger", "of an unknown key")):
        _, published, wall, cpu = floods(rig, kind, count, runs)
        cost = Figures(value / count for value in cpu)
        judged = kind == "elsewhere"
        rows += [
            Row(f"bystander, messages {what}: CPU each", "ns", cost, f"verified {verified_cost.median / 1e3:.1f} µs",
                cost.over(verified_cost), 1 / 30 if judged else None),
            Row(f"bystander, messages {what}: drained per second of its CPU time", "",
                Figures(count / value * 1e9 for value in cpu), "", None, 500_000 if judged else None, True),
            Row(f"bystander, messages {what}: through the server, per second", "",
                Figures(count / value * 1e9 for value in wall),
                f"published at {count / Figures(published).median * 1e9:,.0f} per second"),
        ]
    return rows


def burst(rig):
    """Numbered messages at once; what is printed goes to a file."""
    count = 20_000 if rig.quick else 100_000
    extra, order, sizes, seconds = [], [], [], []
    for _ in range(rig.runs(10)):
        with open(rig.path("printed"), "wb") as out:
            listener = rig.listen(PEERS, stdout=out)
        before = status_of(listener.pid, "VmRSS")
        size, _, wall, _ = (column[0] for column in rig.load("flood", "verified", count, NAME, listener.pid))
        peak = status_of(listener.pid, "VmHWM")
        listener.close()
        printed = open(rig.path("printed"), "rb").read()
        order.append(printed == b"".join(b"%d\n" % number for number in range(count)) + b"last\n")
        if listener.stderr.lines != ["Ready"]:
            raise RuntimeError(f"the listener said {listener.stderr.text}")
        sizes.append(size / 2**20)
        extra.append((peak - before) / 1024 - size / 2**20)
        seconds.append(wall / 1e9)
    return [
        Row(f"burst of {count:,}: runs with all messages, in order", "", Figures([sum(order)]), f"{len(order)} runs",
            Figures([sum(order) / len(order)]), 1, True),
        Row(f"burst of {count:,}: memory beyond the messages' own {sizes[0]:.1f} MiB", "MiB", Figures(extra), "", None,
            10),
        Row(f"burst of {count:,}: until the last is printed", "s", Figures(seconds)),
    ]


def reactions(rig, peers, runs):
    fifo = rig.path("fifo")
    if not os.path.exists(fifo):
        os.mkfifo(fifo)
    load = rig.start_load("react", runs, NAME, fifo, rig.program("bench_stamp"))
    out = os.open(fifo, os.O_WRONLY)
    listener = rig.listen(peers, "-q", rig.program("bench_stamp"), stdout=out)
    os.close(out)
    said, _ = load.communicate("x")
    listener.close()
    if load.returncode != 0:
        raise RuntimeError("bench_load react failed")
    lines = [list(map(int, line.split())) for line in said.splitlines()][3:]
    return [Figures(value / 1e6 for value in column) for column in zip(*lines)]


def reaction(rig):
    reacted, spawned, carried = reactions(rig, PEERS, rig.runs(500) + 3)
    beyond = reacted.less(spawned)
    return [
        Row("reaction: publish to the script's first instruction, beyond spawning it", "ms", beyond,
            f"spawn alone {spawned.median:.3f} ms", None, 0.2),
        Row("reaction: of that, being carried by the server", "ms", carried),
        Row("reaction: neither spawning nor being carried", "ms", beyond.less(carried),
            "a verification and four wake-ups"),
    ]
