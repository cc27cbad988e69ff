"""A hub, configs of any number of peers, and the programs of the build. All processes are on loopback."""

import hashlib
import os
import subprocess
import tempfile

import wire
from figures import Figures
from process import Process
from server import NatsServer

SUBJECT = "bench"
NAME = "com.example.n0"  # the node under test; the others, n1 and up, are played by bench_load
PLAIN = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}


def key_of(node):
    """The key of a node, made as bench/load/people.h says."""
    return wire.Identity(hashlib.sha256(b"node %d" % node).digest())


class Timed:
    """What bench_timer counted for one command."""

    def __init__(self, lines, statuses):
        wall, cpu, memory, faults, switches, status = zip(*lines)
        self.wall, self.cpu = Figures(value / 1e6 for value in wall), Figures(value / 1e6 for value in cpu)  # ms
        self.memory = Figures(value / 1024 for value in memory)  # MiB
        self.faults, self.switches = Figures(faults), Figures(switches)
        if not statuses.issuperset(status):
            raise RuntimeError(f"a timed command failed: exit statuses {sorted(set(status))}")


class Rig:
    """`program`: a remaphore of another build, in the place of our own."""

    def __init__(self, build, quick, program=None):
        self.build, self.quick = build, quick
        self.remaphore = program or self.program("remaphore")
        self.configs = {}

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="bench-")
        self.folder = self.temporary.name
        # A listener that falls behind is not cut off: what it has not read waits in the server.
        self.server = NatsServer(extra="max_pending: 1GB\nwrite_deadline: \"60s\"\n").start()
        self.credentials = self.path("nats.creds")
        self._write(self.credentials, self.server.credentials)
        return self

    def __exit__(self, *_):
        self.server.close()
        self.temporary.cleanup()

    def runs(self, count):
        return min(count, max(5, count // 10)) if self.quick else count

    def path(self, name):
        return os.path.join(self.folder, name)

    def program(self, name):
        return os.path.join(self.build, name)

    def config(self, peers):
        """The config of the node under test; peers are n1 to n`peers`, who may do everything."""
        if peers not in self.configs:
            self.configs[peers] = self._config(f"remaphore-{peers}.conf", 0, range(1, peers + 1))
        return self.configs[peers]

    def _config(self, name, node, peers):
        me = key_of(node)
        text = (f"server: {self.server.url}\ncredentials: {self.credentials}\nsubject: {SUBJECT}\n"
                f"destination: com.example.n{node}\nallow_skew: 1h\n"  # bulk messages were signed beforehand
                f"[ Identities ]\n{me.public} {me.secret} [*]\n[ Peers ]\n")
        text += "".join(f"com.example.n{peer} {key_of(peer).public} [*]\n" for peer in peers)
        self._write(self.path(name), text)
        return self.path(name)

    @staticmethod
    def _write(path, text):
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o640)

    def time(self, runs, *commands, warmup=3, statuses=frozenset({0})):
        """Whole processes, in turn. A Timed for each command."""
        words = [self.program("bench_timer"), str(runs), str(warmup)]
        for command in commands:
            words += ["--", *command]
        done = subprocess.run(words, env=PLAIN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        lines = [list(map(int, line.split())) for line in done.stdout.splitlines()]
        if done.returncode != 0 or (done.stderr and not statuses - {0}):
            raise RuntimeError(f"bench_timer: {done.stderr}")
        return [Timed([line[1:] for line in lines if line[0] == number], statuses) for number in range(len(commands))]

    def listen(self, peers, *words, stdout=subprocess.DEVNULL):
        return self._listen(self.config(peers), words, stdout)

    def _listen(self, config, words, stdout):
        return Process([self.remaphore, "-c", config, *words], env=PLAIN, cwd=self.folder, stdout=stdout).wait_ready()

    def check_delivery(self, *commands, printed):
        """Commands of the node under test, each of which must make another node print this line."""
        witness = self._listen(self._config("witness.conf", 1, [0]), [], subprocess.PIPE)
        for count, command in enumerate(commands, 1):
            self.time(1, command, warmup=0)
            witness.stdout.wait_for(printed + "\n", count=count)
        witness.close()

    def _load(self, command, words):
        return [self.program("bench_load"), command, str(self.server.port), self.credentials, SUBJECT,
                *map(str, words)]

    def load(self, command, *words):
        """Runs bench_load to its end. Its lines of numbers, as columns."""
        done = subprocess.run(self._load(command, words), env=PLAIN, stdout=subprocess.PIPE, text=True, check=True)
        return columns(done.stdout)

    def start_load(self, command, *words):
        """Starts it and waits for the line that says it is ready; it ends with its standard input."""
        process = subprocess.Popen(self._load(command, words), env=PLAIN, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True)
        if not process.stdout.readline():
            raise RuntimeError(f"bench_load {command} did not start")
        return process

    def verify_rate(self, threads, seconds=0.5):
        return self.rate("verify-rate", threads, seconds)

    def rate(self, command, threads, seconds):
        """The rate of libsodium, per second of wall time and per second of processor time."""
        words = [self.program("bench_load"), command, str(threads), str(seconds)]
        count, wall, cpu = map(int, subprocess.run(words, env=PLAIN, stdout=subprocess.PIPE, check=True).stdout.split())
        return count / wall * 1e9, count / cpu * 1e9


def columns(text):
    return [list(column) for column in zip(*(map(int, line.split()) for line in text.splitlines()))]
