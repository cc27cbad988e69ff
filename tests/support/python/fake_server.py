"""A NATS server that misbehaves as told: one function plays one connection."""

import base64
import json
import os
import socket
import ssl
import threading

from accepting import accepted
from process import DEADLINE


class Connection:
    """The server's side of one TCP connection, and all that came over it."""

    def __init__(self, sock, server):
        self.sock, self.server = sock, server
        self.sock.settimeout(DEADLINE)
        self.received = b""
        self.read_to = 0

    def send(self, data):
        self.sock.sendall(data.encode() if isinstance(data, str) else data)

    def info(self, **changes):
        fields = {"server_id": "FAKE", "version": "2.9.10", "proto": 1, "host": "127.0.0.1", "port": self.server.port,
                  "headers": True, "max_payload": 1048576, "auth_required": True,
                  "nonce": base64.urlsafe_b64encode(os.urandom(11)).rstrip(b"=").decode()} | changes
        self.nonce = fields.get("nonce")
        self.send("INFO " + json.dumps(fields) + "\r\n")

    def start_tls(self, cert, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def more(self):
        """Blocks for more bytes. False once the client has hung up."""
        try:
            data = self.sock.recv(1 << 16)
        except (ConnectionResetError, TimeoutError, OSError):
            return False
        with self.server.changed:
            self.received += data
            self.server.changed.notify_all()
        return bool(data)

    def line(self):
        while b"\r\n" not in self.received[self.read_to:]:
            if not self.more():
                raise EOFError
        end = self.received.index(b"\r\n", self.read_to)
        line = self.received[self.read_to:end]
        self.read_to = end + 2
        return line

    def operation(self):
        """The next operation: (WORD, rest of the line, payload)."""
        word, _, rest = self.line().partition(b" ")
        payload = b""
        if word.upper() in (b"PUB", b"HPUB"):
            size = int(rest.split()[-1])
            while len(self.received) < self.read_to + size + 2:
                if not self.more():
                    raise EOFError
            payload = self.received[self.read_to:self.read_to + size]
            self.read_to += size + 2
        return word.upper().decode(), rest.decode(), payload

    def until(self, word):
        """Reads operations up to and with the next `word`; pings before it are answered."""
        while True:
            operation = self.operation()
            if operation[0] == word:
                return operation
            if operation[0] == "PING":
                self.send("PONG\r\n")

    def serve(self, answer_pings=True):
        """Goes on as a server with nothing to say, until the client hangs up."""
        while True:
            word, _, _ = self.operation()
            if word == "PING" and answer_pings:
                self.send("PONG\r\n")

    def handshake(self, **info):
        """INFO, CONNECT (kept, parsed, in the server's `connects`), and the PONG of the first PING."""
        self.info(**info)
        self.server.connects.append(json.loads(self.until("CONNECT")[1]))
        self.until("PING")
        self.send("PONG\r\n")

    def hold(self):
        """Says nothing more until the client hangs up."""
        while self.more():
            pass


class FakeServer:
    """Calls `play(connection)` for each client, in a thread of its own."""

    def __init__(self, play, host="127.0.0.1", port=0):
        self.play = play
        self.changed = threading.Condition()
        self.connections = []
        self.connects = []
        self.errors = []
        self.listener = socket.create_server((host, port))
        self.host, self.port = self.listener.getsockname()[:2]
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    @property
    def url(self):
        return f"nats://{self.host}:{self.port}"

    @property
    def received(self):
        return b"".join(connection.received for connection in self.connections)

    def _accept(self):
        for sock in accepted(self.listener):
            connection = Connection(sock, self)
            with self.changed:
                self.connections.append(connection)
                self.changed.notify_all()
            thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _run(self, connection):
        try:
            self.play(connection)
        except (EOFError, OSError):
            pass
        except Exception as error:  # kept for the test to see: a fault of the script itself
            self.errors.append(error)
        finally:
            connection.sock.close()

    def wait_connections(self, count, within=DEADLINE):
        self.wait(lambda: len(self.connections) >= count, f"{count} connections", within)

    def wait(self, holds, what, within=DEADLINE):
        with self.changed:
            if not self.changed.wait_for(holds, within):
                raise AssertionError(f"the server never saw {what}; it has {self.received[-2000:]!r}")

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self.threads:
            thread.join(DEADLINE)
        if self.errors:
            raise self.errors[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
