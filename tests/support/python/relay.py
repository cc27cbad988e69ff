"""A TCP relay in front of a server: a link that a test can break or slow down."""

import socket
import threading
import time

from accepting import accepted


class Relay:
    """Listens on a port of its own and forwards connections to `address`, (host, port). `rate`: the most bytes per
    second that a link carries towards the server."""

    def __init__(self, address, rate=None):
        self.address = address
        self.rate = rate
        self.open = True
        self.pairs = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"nats://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Breaks all links, and lets nobody through until mend()."""
        with self.lock:
            self.open = False
            pairs, self.pairs = self.pairs, []
        for end in (end for pair in pairs for end in pair):
            shut(end)

    def mend(self):
        with self.lock:
            self.open = True

    def close(self):
        self.listener.close()
        self.cut()

    def _accept(self):
        for near in accepted(self.listener):
            self._connect(near)

    def _connect(self, near):
        with self.lock:
            if not self.open:
                return shut(near)
            try:
                far = socket.create_connection(self.address)
            except OSError:
                return shut(near)
            self.pairs.append((near, far))
        for source, sink, rate in ((near, far, self.rate), (far, near, None)):
            threading.Thread(target=pump, args=(source, sink, rate), daemon=True).start()


def shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()


def pump(source, sink, rate):
    pause = threading.Event()
    free_at = time.monotonic()
    try:
        while data := source.recv(65536):
            sink.sendall(data)
            if rate:
                free_at = max(free_at, time.monotonic()) + len(data) / rate
                pause.wait(free_at - time.monotonic())
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
