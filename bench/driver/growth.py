"""Growth with the fleet: a send, a reaction and an idle listener at 10 to 10,000 peers."""

import os

import idle
import parts
import receive
from figures import Figures, Row, Table, digits

PEERS = (10, 100, 1000, 10_000)
USAGE = 2


def react_in_turn(rig):
    """Measures in turn, so that a drift in the machine's speed affects all. Reactions beyond spawning, by the number of
    peers."""
    found = {peers: [] for peers in PEERS}
    for _ in range(rig.runs(10)):
        for peers in PEERS:
            reacted, spawned, _ = receive.reactions(rig, peers, 30)
            found[peers] += reacted.less(spawned).values
    return {peers: Figures(values) for peers, values in found.items()}


def measure(rig):
    sends, reads, beyond = {}, {}, {}
    commands = []
    for peers in PEERS:
        base = [rig.remaphore, "-c", rig.config(peers), "-s"]
        commands += [[*base, "hello"], [*base, "-v", "two,verbs", "hello"]]  # the second ends once the config is read
    timed = rig.time(rig.runs(200), *commands, statuses={0, USAGE})
    for peers, sent, read in zip(PEERS, timed[::2], timed[1::2]):
        sends[peers], reads[peers], beyond[peers] = sent, read, sent.cpu.less(read.cpu)
    parsed = parts.parse_times(rig)
    cells, anon = [], {}
    reactions = react_in_turn(rig)
    for peers in PEERS:
        memory, threads, wakeups = idle.watch(rig, peers, 1)
        anon[peers] = memory[1]
        size = os.path.getsize(rig.config(peers))
        cells.append([f"{peers:,}", f"{size / 1024:,.0f} KiB",
                      f"{parsed[peers].median:.3f} ms" if peers in parsed else "",
                      f"{sends[peers].wall.median:.2f} ms", f"{sends[peers].cpu.median:.2f} ms",
                      f"{reads[peers].cpu.median:.2f} ms", f"{beyond[peers].median:.3f} ms",
                      f"{sends[peers].memory.median:.2f} MiB", f"{reactions[peers].median:.3f} ms",
                      f"{memory[0]:.2f} MiB", f"{memory[1]:.2f} MiB", f"{threads}, {wakeups[0]}"])
    few, many = PEERS[0], PEERS[-1]
    per_peer = (anon[many] - anon[few]) * 2**20 / (many - few)
    line = (os.path.getsize(rig.config(many)) - os.path.getsize(rig.config(few))) / (many - few)
    reaction = reactions[many]
    return [
        Row("config of 10,000 peers: parse", "ms", parsed[many], "", None, 15),
        Row("`-s` beyond start and config, 10,000 peers: CPU time", "ms", beyond[many],
            f"10 peers {beyond[few].median:.3f} ms", Figures([beyond[many].median / beyond[few].median]), 1.1),
        Row("reaction beyond spawning, 10,000 peers", "ms", reaction, f"10 peers {reactions[few].median:.3f} ms",
            Figures([reaction.median / reactions[few].median]), 1.1),
        Row("idle listener, 10,000 peers: anonymous memory a peer", "bytes", Figures([per_peer]),
            f"its line in the config {digits(line)} bytes", Figures([per_peer / line])),
        Table(["peers", "config", "parse", "`-s` wall", "`-s` CPU", "start and config, CPU", "`-s` beyond these, CPU",
               "`-s` peak", "reaction beyond spawning", "idle RSS", "idle RssAnon", "threads, wake-ups in 3 s"], cells),
    ]
