"""A TCP relay in front of a server: a link that a test can break."""

import socket
import threading


class Relay:
    """Listens on a port of its own; whoever connects is connected to `address`, (host, port)."""

    def __init__(self, address):
        self.address = address
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
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
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
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=pump, args=(source, sink), daemon=True).start()


def shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
