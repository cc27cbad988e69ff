"""A server of etcd and its locks, where Debian's packages etcd-server and etcd-client are installed."""

import os
import re
import shutil
import socket
import subprocess
import tempfile

from process import Process, wait_until
from rig import PLAIN


def installed():
    return shutil.which("etcd") and shutil.which("etcdctl")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Etcd:
    """One server on loopback, with its data in a folder of its own."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="etcd-")
        self.url, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.environment = PLAIN | {"ETCDCTL_API": "3"}
        self.server = Process([shutil.which("etcd"), "--data-dir", os.path.join(self.folder.name, "data"),
                               "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
                               "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                               "--initial-cluster", f"default={peer}", "--log-level", "error"], env=self.environment)
        wait_until(lambda: self.ask("endpoint", "health").returncode == 0, "etcd is ready", within=20)
        return self

    def __exit__(self, *_):
        self.server.close()
        self.folder.cleanup()

    @property
    def version(self):
        found = subprocess.run(["etcd", "--version"], capture_output=True, text=True, check=True).stdout
        return re.search(r"Version: (\S+)", found).group(1)

    def words(self, *command):
        return [shutil.which("etcdctl"), "--endpoints", self.url, *command]

    def ask(self, *command):
        return subprocess.run(self.words(*command), env=self.environment, capture_output=True, text=True, check=False)

    def lock(self, name, *command):
        ends_options = ["--"] if any(word.startswith("-") for word in command) else []
        return self.words("lock", *ends_options, name, *command)

    def contenders(self, name):
        """Those who hold and wait."""
        return len(self.ask("get", "--prefix", "--keys-only", name + "/").stdout.split())
