"""A hub, a fleet and listeners for long runs and heavy loads, outside of any test."""

import os
import tempfile

import case
from fleet import Fleet
from process import Process
from server import NatsServer

CHUNK = 1 << 20


class Rig:
    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="faults-")
        self.folder = self.temporary.name
        self.server = NatsServer(extra="max_pending: 1GB\n").start()
        self.fleet = Fleet(self.server, os.path.join(self.folder), "faults")
        self.node = self.fleet.node("com.node")
        self.good = self.fleet.foreign("com.good")
        self.other = self.fleet.foreign("com.other")
        self.crowd = [self.fleet.foreign(f"com.crowd{number}") for number in range(4)]  # others whose keys are forged
        self.processes = []
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.close()
        self.fleet.close()
        self.server.close()
        self.temporary.cleanup()

    def path(self, name):
        return os.path.join(self.folder, name)

    def listen(self, *words, **options):
        process = Process([case.REMAPHORE, "-c", self.node.write(), *words],
                          **({"env": case.environment(), "cwd": self.folder} | options))
        self.processes.append(process)
        return process.wait_ready()

    def subject(self):
        return f"{self.fleet.subject}.all"

    def publish(self, foreign, raws):
        """Publishes in few writes. The server has them all when this returns."""
        chunk = bytearray()
        for raw in raws:
            chunk += frame(self.subject(), raw)
            if len(chunk) > CHUNK:
                foreign.client._send(bytes(chunk))
                chunk.clear()
        foreign.client._send(bytes(chunk))
        foreign.client.flush(within=120)


def frame(subject, raw):
    return b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(raw), raw)


def table(title, columns, rows):
    """Plain text: the first column to the left, the others to the right."""
    cells = [[title, *columns], *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]))]
    for row in cells:
        print(row[0].ljust(widths[0]) + "".join("  " + cell.rjust(width) for cell, width in zip(row[1:], widths[1:])))
    print(flush=True)
