"""A path to a server that can be cut and restored: bytes stop coming, or connections break."""

import contextlib
import selectors
import socket
import threading

from accepting import accepted


class Proxy:
    def __init__(self, host, port):
        self.target = (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.flows = threading.Event()
        self.flows.set()
        self.pairs = []
        self.closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def _accept(self):
        for near in accepted(self.listener):
            try:
                far = socket.create_connection(self.target, timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self.lock:
                self.pairs.append((near, far))
            threading.Thread(target=self._pass, args=(near, far), daemon=True).start()

    def _pass(self, near, far):
        selector = selectors.DefaultSelector()
        selector.register(near, selectors.EVENT_READ, far)
        selector.register(far, selectors.EVENT_READ, near)
        with contextlib.suppress(OSError, ValueError):
            while True:
                for key, _ in selector.select():
                    self.flows.wait()
                    data = key.fileobj.recv(1 << 16)
                    if not data:
                        raise OSError
                    key.data.sendall(data)
        near.close()
        far.close()

    def stall(self):
        """Nothing passes any more; neither side is told."""
        self.flows.clear()

    def restore(self):
        self.flows.set()

    def break_all(self):
        """All connections end."""
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for sock in pair:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.restore()
        self.listener.close()
        self.break_all()
