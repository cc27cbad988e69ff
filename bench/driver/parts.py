"""The parts, by Google Benchmark."""

import collections
import json
import subprocess

from figures import Figures, Row
from rig import PLAIN

MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "ms": 1}


def run(rig, wanted, repetitions):
    """CPU time in milliseconds of every repetition, by name."""
    words = [rig.program("bench_parts"), f"--benchmark_filter={wanted}", f"--benchmark_repetitions={repetitions}",
             "--benchmark_format=json", "--benchmark_min_time=0.05", "--benchmark_enable_random_interleaving=true"]
    done = subprocess.run(words, env=PLAIN, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    found = collections.defaultdict(list)
    for one in json.loads(done.stdout)["benchmarks"]:
        if one["run_type"] == "iteration":
            found[one["run_name"]].append(one["cpu_time"] * MILLISECONDS[one["time_unit"]])
    return {name: Figures(values) for name, values in found.items()}


def parse_times(rig):
    """Times to read a config, by the number of peers."""
    return {int(name.partition("/")[2]): times for name, times in run(rig, "ParseConfig", rig.runs(30)).items()}


def measure(rig):
    found = run(rig, ".", rig.runs(20))
    libsodium = found["VerifyByLibsodiumAlone"]
    rows = []
    for name, times in found.items():
        unit, factor = ("ns", 1e6) if times.median < 1e-3 else ("µs", 1e3)
        ratio = times.over(libsodium) if name == "ScreenAndVerify" else None
        rows.append(Row(name.replace("_", " "), unit, times.scaled(factor), "libsodium's alone" if ratio else "",
                        ratio))
    return rows
