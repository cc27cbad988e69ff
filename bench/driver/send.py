"""One-shot `-s`, against the floor program, in turn; and the cost of a program that does nothing."""

from figures import Row

TEXT = "hello"


def measure(rig):
    config = rig.config(10)
    send, least = [rig.remaphore, "-c", config, "-s", TEXT], [rig.program("bench_floor"), config, TEXT]
    rig.check_delivery(send, least, printed=TEXT)
    ours, floor, nothing = rig.time(rig.runs(300), send, least, [rig.program("bench_nothing")])
    rows = [
        Row("`-s`, wall time", "ms", ours.wall, f"floor {floor.wall.median:.2f} ms", ours.wall.over(floor.wall), 1.25),
        Row("`-s`, CPU time", "ms", ours.cpu, f"floor {floor.cpu.median:.2f} ms", ours.cpu.over(floor.cpu), 1.3),
        Row("`-s`, peak memory", "MiB", ours.memory, f"floor {floor.memory.median:.2f} MiB", None, 3),
        Row("`-s`, minor page faults", "", ours.faults, f"floor {floor.faults.median:.0f}",
            ours.faults.over(floor.faults)),
        Row("a dynamic program that does nothing", "ms", nothing.wall, f"CPU {nothing.cpu.median:.2f} ms"),
    ]
    return rows
