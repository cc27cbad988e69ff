"""The base of every end-to-end test: the built programs, a hub, a fleet under a subject of its own."""

import json
import os
import re
import shutil
import stat
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tests", "support", "python"))

import wire
from fleet import Fleet, GoListener, GoRequester, GoSender
from process import Process, wait_until
from server import NatsServer, find_nats_server

__all__ = ["BUILD", "FAILURE", "Fleet", "GoListener", "GoRequester", "GoSender", "HubCase", "LITTLE_KEPT", "NOTHING",
           "NatsServer", "OK", "Process", "REMAPHORE", "REMAPHORE_FLEET", "ROOT", "USAGE", "VECTORS", "environment",
           "let_time_pass", "load_vectors", "mode_of", "records", "wait_until"]

BUILD = os.path.join(ROOT, os.environ.get("REMAPHORE_BUILD", "build/dev"))
REMAPHORE = os.path.join(BUILD, "remaphore")
REMAPHORE_FLEET = os.path.join(BUILD, "remaphore-fleet")
VECTORS = os.environ.get("REMAPHORE_VECTORS", os.path.join(ROOT, "tests", "vectors"))

OK, NOTHING, USAGE, FAILURE = 0, 1, 2, 3


# The address sanitizer keeps freed memory, 256 MB of it, for as long as it can: for tests that look at memory.
LITTLE_KEPT = {"ASAN_OPTIONS": "quarantine_size_mb=1:" + os.environ.get("ASAN_OPTIONS", "")}


def environment(**changes):
    """A plain environment, so that the caller's only selects the nats-server to test; None removes a variable."""
    path = os.path.dirname(find_nats_server()) + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    plain = {"PATH": path, "LC_ALL": "C.UTF-8", "TERM": "xterm", "HOME": "/nonexistent"}
    plain |= {name: os.environ[name] for name in os.environ if name.endswith("SAN_OPTIONS")}
    return {name: value for name, value in (plain | changes).items() if value is not None}


def let_time_pass(seconds):
    """Sleeps, for conditions that depend only on elapsed time, such as a skew window that has closed."""
    threading.Event().wait(seconds)


class HubCase(unittest.TestCase):
    """A real server for the class, started when first asked for; a folder and a fleet for each test."""

    hub_options = {}
    _hub = None
    maxDiff = None

    @classmethod
    def hub(cls):
        if "_hub" not in cls.__dict__ or cls._hub is None:
            cls._hub = NatsServer(**cls.hub_options).start()
            cls.addClassCleanup(cls._close_hub)
        return cls._hub

    @classmethod
    def _close_hub(cls):
        cls._hub.close()
        cls._hub = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="e2e-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self._fleet = None

    @property
    def fleet(self):
        if self._fleet is None:
            self._fleet = self.make_fleet(self.hub())
        return self._fleet

    def make_fleet(self, server, subject=None):
        folder = tempfile.mkdtemp(prefix="fleet-", dir=self.folder)
        fleet = Fleet(server, folder, subject or "t" + os.urandom(6).hex())
        self.addCleanup(fleet.close)
        return fleet

    def node(self, destination="com.crypto.us.left", verbs="*", **options):
        return self.fleet.node(destination, verbs, **options)

    def foreign(self, destination="com.crypto.us.foreign", verbs="*", **options):
        return self.fleet.foreign(destination, verbs, **options)

    def pair(self, verbs="*"):
        """A node for the program under test and a foreign one beside it."""
        return self.node(), self.foreign(verbs=verbs)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, text, mode=0o644):
        path = self.path(name)
        with open(path, "wb") as out:
            out.write(wire.as_bytes(text))
        os.chmod(path, mode)
        return path

    def script(self, body, name="script", shell="/bin/sh"):
        """An executable file; `body` is shell unless told otherwise."""
        return self.file(name, f"#!{shell}\n{body}\n", 0o755)

    def server(self, **options):
        """A server of this test's own, to be stopped and started at will."""
        server = NatsServer(**options).start()
        self.addCleanup(server.close)
        return server

    def start(self, *argv, **options):
        process = Process(list(argv), **({"env": environment(), "cwd": self.folder} | options))
        self.addCleanup(process.close)
        return process

    def command(self, *args, **options):
        """remaphore with exactly these arguments."""
        return self.start(REMAPHORE, *args, **options)

    def remaphore(self, node, *args, **options):
        """remaphore with this node's config."""
        return self.command("-c", node.write(), *args, **options)

    def listen(self, node, *args, **options):
        return self.remaphore(node, *args, **options).wait_ready()

    def send(self, node, *args, **options):
        return self.remaphore(node, "-s", *args, **options).expect_exit(OK)

    def assert_refused(self, process, code, *parts):
        """This exit code, nothing on stdout, and a proper error line that holds all of `parts`."""
        process.expect_exit(code)
        self.assertEqual(process.stdout.data, b"", str(process))
        errors = self.error_lines(process)
        self.assertTrue(any(all(part.lower() in line.lower() for part in parts) for line in errors),
                        f"no error line holds {parts}: {process}")

    def error_lines(self, process):
        """The lines of stderr that are messages of ours, each checked for its form."""
        errors = [line for line in process.stderr.lines if line.startswith("remaphore: ")]
        self.assertTrue(errors, f"no error line: {process}")
        for line in errors:
            self.assertRegex(line, r"^remaphore: [^A-Z]", str(process))
        return errors

    def assert_error_line(self, process, *parts):
        self.assertTrue(any(all(part.lower() in line.lower() for part in parts) for line in self.error_lines(process)),
                        f"no error line holds {parts}: {process}")


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def load_vectors(name):
    with open(os.path.join(VECTORS, name + ".jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    if not rows:
        raise AssertionError(f"{name}.jsonl is empty")
    return rows


def records(data):
    """A requester's stdout as (destination, exit, output) triples and the frame ids it used."""
    text = data.decode("utf-8", "surrogateescape")
    found, frames = [], []
    lines = text.split("\n")
    if lines.pop() != "":
        raise AssertionError(f"stdout does not end in a newline: {data!r}")
    while lines:
        line = lines.pop(0)
        frame = re.fullmatch(r"--> ([0-9a-f]{32})", line)
        if frame:
            end = lines.index(f"--< {frame.group(1)}")
            line = "\n".join(lines[:end])
            del lines[:end + 1]
            frames.append(frame.group(1))
        destination, status, output = line.split(",", 2)
        found.append((destination, status, output))
    return found, frames
