"""A small blocking NATS client, for foreign nodes."""

import collections
import json
import socket
import ssl
import time
import urllib.parse

import nkeys

DEADLINE = 20.0
Msg = collections.namedtuple("Msg", "subject sid reply headers payload")


class NatsError(Exception):
    """What the server said after -ERR, or that it hung up."""


class NatsClient:
    def __init__(self, url, credentials=None, tls=None, name="foreign", **connect):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.buffer = b""
        self.inbox = collections.deque()
        self.pings = self.pongs = 0
        self.last_sid = 0
        self.sock = socket.create_connection((self.host, self.port), timeout=DEADLINE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._handshake(credentials, tls, {"name": name} | connect)
        except BaseException:
            self.sock.close()
            raise

    def _handshake(self, credentials, tls, connect):
        line = self._read_line(DEADLINE)
        if not line.startswith(b"INFO "):
            raise NatsError(f"no INFO: {line!r}")
        self.info = json.loads(line[5:])
        if tls or self.info.get("tls_required"):
            context = tls or ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        options = {"verbose": False, "pedantic": False, "lang": "python", "version": "0", "protocol": 1,
                   "headers": True, "no_responders": True, "echo": True} | connect
        if credentials:
            jwt, seed = nkeys.parse_credentials(credentials)
            signature = nkeys.KeyPair.from_seed(seed).sign(self.info["nonce"].encode())
            options |= {"jwt": jwt, "sig": nkeys.base64url(signature)}
        self._send(b"CONNECT " + json.dumps(options).encode() + b"\r\n")
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def subscribe(self, subject, confirmed=True):
        self.last_sid += 1
        self._send(f"SUB {subject} {self.last_sid}\r\n".encode())
        if confirmed:
            self.flush()
        return self.last_sid

    def publish(self, subject, payload, reply="", headers=None):
        tail = f" {reply}" if reply else ""
        if headers is None:
            head = f"PUB {subject}{tail} {len(payload)}\r\n".encode()
            self._send(head + payload + b"\r\n")
        else:
            head = f"HPUB {subject}{tail} {len(headers)} {len(headers) + len(payload)}\r\n".encode()
            self._send(head + headers + payload + b"\r\n")

    def flush(self, within=DEADLINE):
        """Returns once the server has processed all that was sent; raises what it refused."""
        self.pings += 1
        self._send(b"PING\r\n")
        end = time.monotonic() + within
        while self.pongs < self.pings:  # with those of a flush that ended at a refusal
            self._read_op(end - time.monotonic())

    def next(self, within=DEADLINE):
        end = time.monotonic() + within
        while not self.inbox:
            self._read_op(end - time.monotonic())
        return self.inbox.popleft()

    def pending(self):
        """All that the server had for us by now."""
        self.flush()
        taken = list(self.inbox)
        self.inbox.clear()
        return taken

    def _send(self, data):
        self.sock.settimeout(DEADLINE)
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            while True:  # the server's words before it hung up are the better answer
                try:
                    self._read_op(DEADLINE)
                except OSError:
                    raise NatsError("connection lost") from error

    def _fill(self, within):
        if within <= 0:
            raise TimeoutError("nothing came from the server in time")
        self.sock.settimeout(within)
        data = self.sock.recv(1 << 16)
        if not data:
            raise NatsError("the server closed the connection")
        self.buffer += data

    def _read_line(self, within):
        end = time.monotonic() + within
        while b"\r\n" not in self.buffer:
            self._fill(end - time.monotonic())
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _read_exact(self, count):
        end = time.monotonic() + DEADLINE
        while len(self.buffer) < count + 2:
            self._fill(end - time.monotonic())
        data, self.buffer = self.buffer[:count], self.buffer[count + 2:]
        return data

    def _read_op(self, within):
        line = self._read_line(within)
        word = line.split(b" ", 1)[0].upper()
        if word == b"PING":
            self._send(b"PONG\r\n")
        elif word == b"PONG":
            self.pongs += 1
        elif word == b"INFO":
            self.info = json.loads(line[5:])
        elif word == b"-ERR":
            raise NatsError(line[5:].decode().strip("'"))
        elif word == b"MSG":
            self._take(line.decode().split()[1:], 0)
        elif word == b"HMSG":
            parts = line.decode().split()[1:]
            self._take(parts[:-2] + parts[-1:], int(parts[-2]))
        elif word != b"+OK":
            raise NatsError(f"unexpected: {line!r}")

    def _take(self, parts, header_size):
        subject, sid, *reply, size = parts
        data = self._read_exact(int(size))
        self.inbox.append(Msg(subject, int(sid), reply[0] if reply else "", data[:header_size], data[header_size:]))
