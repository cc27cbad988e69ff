"""This build against another one: what both can do, measured in turn, A B A B, so that a drift in the machine's speed
affects both. Both are copies: a start is slower while the page cache holds a program as the linker wrote it."""

import os
import shutil
import tempfile

import priority
from figures import Figures, Row, Table, digits
from rig import Rig

USAGE = 2
ROUNDS = 10
PEERS = (10, 10_000)


def config(rig):
    """A start that ends, with an error in its options, once the config is read."""
    commands = [[rig.remaphore, "-c", rig.config(peers), "-s", "-v", "two,verbs", "hello"] for peers in PEERS]
    timed = rig.time(rig.runs(200), *commands, statuses={USAGE})
    return [Row(f"start and config of {peers:,} peers, CPU time", "ms", one.cpu) for peers, one in zip(PEERS, timed)]


# Of bench/run's quantities, those of which every build is capable; and one of our own.
SHARED = ("send", "request", "reaction", "bystander", "verified", "requests", "idle", "burst")
OWN = {"config": (config, priority.LATENCY)}


def program_in(path):
    """The program in a folder with a build; `path` may also be the program itself."""
    return os.path.abspath(os.path.join(path, "remaphore") if os.path.isdir(path) else path)


def row(ours, theirs):
    """`ours` and `theirs`: the same row, once a round."""
    name, unit = ours[0].quantity, ours[0].unit
    a, b = (Figures(one.measured.median for one in rows) for rows in (ours, theirs))
    ratio = ""
    if all(b.values):
        judged = a.over(b)
        ratio = f"{digits(judged.median)} ({digits(judged.at(0.1))} – {digits(judged.at(0.9))})"
    return [name, *(f"{digits(one.median)} {unit}".strip() for one in (a, b)), ratio, str(len(a))]


def measure(build, quick, other, quantity):
    """The table of a quantity, how to measure it and its kind; each round is a quick measurement."""
    how, kind = quantity
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        programs = [shutil.copy(program, os.path.join(folder, side))
                    for program, side in ((os.path.join(build, "remaphore"), "ours"), (other, "theirs"))]
        found = []
        for _ in range(3 if quick else ROUNDS):
            for program in programs:
                with priority.ahead_of_others(kind), Rig(build, True, program) as rig:
                    found.append([one for one in how(rig) if isinstance(one, Row)])
    cells = [row(rows[::2], rows[1::2]) for rows in zip(*found)]
    return Table(["quantity", "ours", "theirs", "ours / theirs (10th – 90th)", "rounds"], cells)
