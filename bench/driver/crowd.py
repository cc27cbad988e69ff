"""Many nodes by their names: a request to each of 10 to 10,000, and a barrier at which 10,000 meet."""

import os
import subprocess
import time

from figures import Figures, Row, Table, digits
from request import responders
from rig import PLAIN

COUNTS = ((10, 50), (100, 50), (1000, 30), (10_000, 10))  # and how often
BARRIER = 10_000


def cpu(*pids):
    """CPU time of these processes so far, in ms."""
    tasks = (f"/proc/{pid}/task/{task}/schedstat" for pid in pids for task in os.listdir(f"/proc/{pid}/task"))
    total = 0
    for path in tasks:
        with open(path) as file:
            total += int(file.read().split()[0])
    return total / 1e6


def ask(rig, count, runs):
    """Columns: wall, CPU, memory, that of --dry-run; then, for as many keys, the verifications on all cores, their CPU
    time, that of the signatures, and the CPU time of server and responders. In ms and MiB."""
    cores, config, found = os.cpu_count(), rig.config(count), []
    words = [rig.remaphore, "-c", config, "-r", "-D", f"com.example.n[1-{count}]"]
    with responders(rig, count, "prepared") as others:
        beside = [others.pid, rig.server.process.pid]
        for _ in range(runs):
            verify, verify_cpu = rig.rate("verify-rate", cores, 0.3)
            _, sign_cpu = rig.rate("sign-rate", cores, 0.1)
            before = cpu(*beside)
            (asked,) = rig.time(1, [*words, "uptime"], warmup=0)
            after = cpu(*beside)
            (told,) = rig.time(1, [*words, "--dry-run"], warmup=0)
            found.append((asked.wall.median, asked.cpu.median, asked.memory.median, told.wall.median,
                          count / verify * 1e3, count / verify_cpu * 1e3, count / sign_cpu * 1e3, after - before))
    return [Figures(column) for column in zip(*found)]


def named(rig):
    """Each node is asked by its exact name: a signature, a subscription and a verification for each."""
    cores, rows, cells = os.cpu_count(), [], []
    for count, runs in COUNTS:
        wall, used, memory, told, floor, verified, signed, others = ask(rig, count, rig.runs(runs))
        cells.append([f"{count:,}", f"{digits(wall.median)} ms", f"{digits(used.median)} ms",
                      f"{digits(verified.median)} ms",
                      f"{digits(signed.median)} ms", f"{digits(used.less(verified, signed).median)} ms",
                      f"{digits(others.median)} ms", f"{digits(memory.median)} MiB", f"{digits(told.median)} ms"])
        if count < 1000:
            continue
        crypto = Figures((a + b) / cores for a, b in zip(verified.values, signed.values))
        rows += [
            Row(f"`-r`, {count:,} exact names: wall time", "ms", wall,
                f"{count:,} verifications on {cores} cores: {floor.median:.3g} ms", wall.over(floor),
                1.1 if count == 1000 else None),
            Row(f"`-r`, {count:,} exact names: wall time", "ms", wall,
                f"the same and {count:,} signatures: {crypto.median:.3g} ms", wall.over(crypto)),
            Row(f"`-r`, {count:,} exact names: CPU time", "ms", used,
                f"verifications and signatures: {crypto.median * cores:.3g} ms", used.over(crypto.scaled(cores))),
            Row(f"`-r`, {count:,} exact names: peak memory", "MiB", memory, "", None, 30 if count == 10_000 else None),
        ]
    return [*rows, Table(["names", "wall", "CPU", "of it verifications", "of it signatures", "all else",
                          "CPU of server and responders", "peak memory", "--dry-run, wall"], cells)]


def meet(rig, config):
    """From a barrier's first signal to the end of the node that waits: wall and CPU time in ms, peak memory in MiB."""
    signers = rig.start_load("signal-all", BARRIER)
    words = [rig.remaphore, "-c", config, "-q", "--count", str(BARRIER), "-t", "1m"]
    waiting = subprocess.Popen(words, env=PLAIN, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    if waiting.stderr.readline() != b"Ready\n":
        raise RuntimeError("the barrier is not ready")
    used = cpu(waiting.pid)
    said, _ = signers.communicate()
    _, status, usage = os.wait4(waiting.pid, 0)
    ended = time.monotonic_ns()
    waiting.returncode = os.waitstatus_to_exitcode(status)
    waiting.stderr.close()
    if waiting.returncode != 0 or signers.returncode != 0:
        raise RuntimeError(f"the barrier ended with {waiting.returncode}")
    return (ended - int(said)) / 1e6, (usage.ru_utime + usage.ru_stime) * 1e3 - used, usage.ru_maxrss / 1024


def barrier(rig):
    cores, config, found = os.cpu_count(), rig.config(BARRIER), []
    for _ in range(rig.runs(20)):
        rate, _ = rig.rate("verify-rate", cores, 0.3)
        found.append((*meet(rig, config), BARRIER / rate * 1e3))
    wall, used, memory, floor = (Figures(column) for column in zip(*found))
    return [
        Row(f"barrier of {BARRIER:,} signers: wall time", "ms", wall,
            f"{BARRIER:,} verifications on {cores} cores: {floor.median:.3g} ms", wall.over(floor), 1.1),
        Row(f"barrier of {BARRIER:,} signers: CPU time", "ms", used),
        Row(f"barrier of {BARRIER:,} signers: peak memory", "MiB", memory, "", None, 30),
    ]
