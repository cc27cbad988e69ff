"""A fleet's two streams: what nodes may do with them, and an admin who may do anything."""

import base64
import contextlib
import json
import os

from fleet import Fleet
from nats_client import NatsError
from nkeys import KeyPair
from process import DEADLINE, wait_until

SECOND = 10 ** 9


class ApiError(AssertionError):
    """JetStream's answer was an error; `code` is its err_code."""

    def __init__(self, subject, error):
        super().__init__(f"{subject}: {error}")
        self.code = error.get("err_code", error["code"])


def message_stream(subject, **changes):
    """The stream of the messages to all: spec of stored messages."""
    return {"name": subject.upper(), "subjects": [f"{subject}.all"], "retention": "limits", "storage": "file",
            "discard": "old", "max_age": 86400 * SECOND, "max_bytes": 64 << 20, "max_msgs": 100000,
            "duplicate_window": 120 * SECOND, "num_replicas": 1, "allow_direct": False, "deny_delete": True,
            "deny_purge": True} | changes


def lock_stream(subject, **changes):
    """The stream of the entries of locks: one message per subject, and no max_bytes, which would refuse refreshes."""
    return {"name": subject.upper() + "_LOCKS", "subjects": [f"{subject}.lock.>"], "storage": "file", "discard": "new",
            "max_msgs_per_subject": 1, "max_msgs": 10000, "max_msg_size": 4096, "max_age": 600 * SECOND,
            "duplicate_window": SECOND // 10, "allow_direct": False, "deny_delete": True, "deny_purge": True,
            "num_replicas": 1} | changes


def node_user(authority, subject, name="node", locks=True):
    """A user with the permissions of a node and no others; without `locks`, of a fleet that has none."""
    key = KeyPair("user")
    streams = [subject.upper()] + [subject.upper() + "_LOCKS"] * locks
    own = [f"{subject}.*"] + [f"{subject}.lock.>"] * locks
    api = [f"$JS.API.STREAM.{verb}.{stream}" for stream in streams for verb in ("INFO", "MSG.GET")]
    return authority.user(name, publish=[*own, *api], subscribe=[*own, f"_INBOX.{key.public}.*"], key=key)


class Api:
    """Requests to JetStream over a NatsClient of ours."""

    def __init__(self, client, inbox=None, patience=DEADLINE):
        self.client, self.patience = client, patience
        self.inbox = inbox or "_INBOX.admin" + os.urandom(8).hex()
        self.client.subscribe(self.inbox + ".*")
        self.asked = 0

    def ask(self, subject, body=None, headers=None):
        """The raw answer. A refusal by the server is a NatsError."""
        self.asked += 1
        reply = f"{self.inbox}.{self.asked}"
        payload = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        self.client.publish(subject, payload, reply, headers)
        self.client.flush()
        while True:
            answer = self.client.next(self.patience)
            if answer.subject == reply:
                return answer

    def api(self, verb, stream, body=None):
        subject = f"$JS.API.STREAM.{verb}.{stream}"
        answer = self.ask(subject, body)
        if b" 503" in answer.headers:
            raise ApiError(subject, {"code": 503})
        found = json.loads(answer.payload)
        if "error" in found:
            raise ApiError(subject, found["error"])
        return found

    def info(self, stream):
        return self.api("INFO", stream)

    def last_on(self, stream, subject):
        """The (sequence, bytes) of the last message; None if there is none."""
        try:
            message = self.api("MSG.GET", stream, {"last_by_subj": subject})["message"]
        except ApiError as error:
            if error.code == 10037:
                return None
            raise
        return message["seq"], base64.b64decode(message.get("data", ""))

    def put(self, subject, payload, expected=None):
        """Publishes into a stream. Its sequence; with `expected`, only if that is the subject's last one."""
        headers = None
        if expected is not None:
            headers = f"NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: {expected}\r\n\r\n".encode()
        answer = self.ask(subject, payload, headers)
        if b" 503" in answer.headers:
            raise ApiError(subject, {"code": 503})
        found = json.loads(answer.payload)
        if "error" in found:
            raise ApiError(subject, found["error"])
        return found["seq"]


class Streams:
    """The two streams of a fleet, in the hands of an admin."""

    def __init__(self, server, subject, patience=DEADLINE):
        self.server, self.subject, self.patience = server, subject, patience
        self.messages, self.locks = message_stream(subject), lock_stream(subject)
        self._api = None

    @property
    def api(self):
        if self._api is None:
            self._api = Api(self.server.client(), patience=self.patience)
        return self._api

    def forget_connection(self):
        """After the server went away."""
        if self._api:
            self._api.client.close()
        self._api = None

    def create(self, *configs):
        for config in configs or (self.messages, self.locks):
            self.api.api("CREATE", config["name"], config)
        return self

    def delete(self, *configs):
        for config in configs or (self.messages, self.locks):
            self.api.api("DELETE", config["name"])

    def update(self, config, **changes):
        return self.api.api("UPDATE", config["name"], config | changes)

    def purge(self, config):
        """Loses all that it holds, although the stream itself denies deletion: it is recreated."""
        self.delete(config)
        self.create(config)

    def info(self, config):
        return self.api.info(config["name"])

    def names(self):
        found = json.loads(self.api.ask("$JS.API.STREAM.NAMES").payload)
        return found.get("streams") or []

    def wait_kept(self, config, count):
        """Storing lags behind delivery."""
        return wait_until(lambda: self.info(config)["state"]["messages"] >= count, f"{count} kept messages")

    def entry(self, subject):
        return self.api.last_on(self.locks["name"], subject)

    def entries(self, name):
        """What the locks' stream holds under this name: {subject: sequence}."""
        found = self.api.api("INFO", self.locks["name"], {"subjects_filter": f"{self.subject}.lock.{name}.*"})
        return {subject: self.entry(subject) for subject in found["state"].get("subjects") or {}}

    def close(self):
        self.forget_connection()


class StreamFleet(Fleet):
    """A fleet whose nodes have the permissions of nodes only, with its streams at the server."""

    def __init__(self, server, folder, subject, create=True):
        super().__init__(server, folder, subject)
        self.streams = Streams(server, subject)
        if create:
            self.streams.create()

    def node_credentials(self):
        return node_user(self.server.authority, self.subject).credentials

    def node_client(self, user):
        """A connection with a node's own rights, and its API."""
        return Api(self.server.client(user.credentials), f"_INBOX.{user.public}")

    def close(self):
        super().close()
        with contextlib.suppress(ApiError, NatsError, OSError, AttributeError):  # the server, or a stream, may be gone
            self.streams.delete()  # what they may grow to counts as used
        self.streams.close()


__all__ = ["Api", "ApiError", "NatsError", "StreamFleet", "Streams", "lock_stream", "message_stream", "node_user"]
