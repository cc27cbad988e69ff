"""Nodes for tests: configs and credentials on disk, and foreign nodes that speak like the Go tool.

A Fleet lives under one subject of one server. Every member is a peer of every other, never of itself.
"""

import contextlib
import os
import threading

import wire
from nats_client import NatsError
from process import DEADLINE

FOREIGN_TIMEOUT = DEADLINE


def spell(verbs):
    return "[" + ",".join([verbs] if isinstance(verbs, str) else verbs) + "]"


class Member:
    """A name, a key and the verbs that the others let it send."""

    def __init__(self, fleet, destination, verbs):
        self.fleet, self.destination, self.verbs = fleet, destination, verbs
        self.identity = wire.Identity()

    @property
    def public(self):
        return self.identity.public

    def peer_line(self):
        return f"{self.destination} {self.public} {spell(self.verbs)}"


class Node(Member):
    """A member that the program under test plays: a folder with a config file and credentials."""

    def __init__(self, fleet, destination, verbs, credentials=None):
        super().__init__(fleet, destination, verbs)
        self.folder = os.path.join(fleet.folder, f"node-{len(fleet.members)}")
        os.makedirs(self.folder)
        self.config = os.path.join(self.folder, "remaphore.conf")
        self.identities = [(self.identity, verbs)]
        self.servers = [fleet.server.url] if fleet.server else []
        self.settings = {"allow_skew": "5s"}
        self.peers = None  # None: all other members; else the lines themselves
        self.groups = {}  # name: members, separated by commas
        self.text = None  # None: made from the rest
        self.credentials = os.path.join(self.folder, "nats.creds")
        self.write_credentials(credentials or fleet.node_credentials())

    def write_credentials(self, text):
        self._write(self.credentials, text)

    def peer_lines(self):
        if self.peers is not None:
            return self.peers
        return [member.peer_line() for member in self.fleet.members if member is not self]

    def config_text(self):
        settings = {"credentials": self.credentials, "subject": self.fleet.subject,
                    "default_identity": self.identities[0][0].public, "destination": self.destination} | self.settings
        lines = [f"server: {server}" for server in self.servers]
        lines += [f"{key}: {value}" for key, value in settings.items() if value is not None]
        lines += ["[ Identities ]"]
        lines += [f"{key.public} {key.secret} {spell(verbs)}" for key, verbs in self.identities]
        lines += ["[ Peers ]", *self.peer_lines()]
        if self.groups:
            lines += ["[ Groups ]", *(f"{name} {members}" for name, members in self.groups.items())]
        return "\n".join(lines) + "\n"

    def write(self):
        self._write(self.config, self.config_text() if self.text is None else self.text)
        return self.config

    def line_of(self, part):
        """The number of the first config line that holds `part`."""
        return next(n for n, line in enumerate(open(self.config).read().split("\n"), 1) if part in line)

    @staticmethod
    def _write(path, text):
        with open(path, "wb") as file:
            file.write(wire.as_bytes(text))
        os.chmod(path, 0o640)


class Foreign(Member):
    """A member that the test plays itself, over a connection of its own."""

    def __init__(self, fleet, destination, verbs):
        super().__init__(fleet, destination, verbs)
        self.connection = None

    @property
    def client(self):
        if self.connection is None:
            self.connection = self.fleet.server.client()
        return self.connection

    def close(self):
        if self.connection:
            self.connection.close()

    def subject(self, part="all"):
        return f"{self.fleet.subject}.{part}"

    def publish(self, raw, part="all"):
        """Any bytes, under any last part of the subject; the server has them when this returns."""
        self.client.publish(self.subject(part), raw)
        self.client.flush()
        return raw

    def send(self, payload=b"", part="all", signer=None, **fields):
        return self.publish(wire.build(signer or self.identity, payload, **fields), part)

    def subscribe(self, part="all"):
        self.client.subscribe(self.subject(part))
        return self

    def next(self, within=DEADLINE):
        """The next message, decoded and verified; anything else fails the test."""
        delivery = self.client.next(within)
        message = wire.decode(delivery.payload)
        if not message.holds():
            raise AssertionError(f"the signature does not hold: {message}")
        if delivery.headers or delivery.reply:
            raise AssertionError(f"NATS headers or a reply subject were used: {delivery}")
        return message


class GoSender(Foreign):
    """Sends as the Go tool does; `send` of its base suffices."""


class GoRequester(Foreign):
    """Asks as the Go tool does: subscribes to the subject of the hash, then publishes."""

    def request(self, payload=b"", part="all", **fields):
        raw = wire.build(self.identity, payload, flag="Q", **fields)
        self.question = wire.decode(raw)
        self.subscribe(self.question.hash.hex())
        self.publish(raw, part)
        return self.question


class GoListener(Foreign):
    """Answers requests as the Go tool does, in a thread: random UUIDs, `NO_DATA` without a script.

    `answers(request)` gives the raw replies to send; the default gives one with `payload`.
    """

    def __init__(self, fleet, destination, verbs, payload=b"NO_DATA", answers=None, part="all"):
        super().__init__(fleet, destination, verbs)
        self.requests = []
        self.failure = None
        self.answers = answers or (lambda request: [self.reply(request, payload)])
        self.subscribe(part)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def reply(self, request, payload, signer=None, **fields):
        return wire.build_reply(signer or self.identity, request, payload,
                                **({"uuid": os.urandom(wire.UUID_BYTES)} | fields))

    def _serve(self):
        try:
            while True:
                request = self.next(within=3600)
                self.requests.append(request)
                if request.reply_requested:
                    for raw in self.answers(request):
                        self.client.publish(wire.reply_subject(self.fleet.subject, request), raw)
        except (NatsError, OSError):
            pass  # closed at the end of the test
        except Exception as error:
            self.failure = error

    def close(self):
        with contextlib.suppress(OSError):
            self.client.sock.shutdown(2)
        self.thread.join(DEADLINE)
        super().close()
        if self.failure:
            raise self.failure


class Fleet:
    def __init__(self, server, folder, subject):
        self.server, self.folder, self.subject = server, folder, subject
        self.members = []

    def node_credentials(self):
        return self.server.credentials if self.server else ""

    def add(self, member):
        self.members.append(member)
        return member

    def node(self, destination, verbs="*", **options):
        return self.add(Node(self, destination, verbs, **options))

    def foreign(self, destination, verbs="*", kind=Foreign, **options):
        return self.add(kind(self, destination, verbs, **options))

    def close(self):
        for member in self.members:
            if isinstance(member, Foreign):
                member.close()
