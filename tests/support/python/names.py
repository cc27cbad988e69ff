"""Names of our own: /etc/hosts and name servers as a program in a mount namespace of its own sees them."""

import os
import shutil
import socket
import struct
import subprocess
import threading

OVER = 'target=$1 file=$2; shift 2; mount --bind "$file" "$target" && exec "$@"'


def seeing(target, file, argv):
    """The command line that runs `argv` with `file` in the place of `target`; None if that is not possible here."""
    for unshare in (["unshare", "-m"], ["unshare", "-rm"]):
        prefix = [*unshare, "sh", "-c", OVER, "sh", target, file]
        if shutil.which("unshare") and not subprocess.run([*prefix, "true"], capture_output=True).returncode:
            return [*prefix, *argv]
    return None


class NameServer:
    """Answers each question for an IPv4 address with `addresses`, once `release` was called; `host` is its own."""

    def __init__(self, addresses):
        self.host = "127.{}.{}.{}".format(*(1 + byte % 250 for byte in os.urandom(3)))  # others may run beside it
        self.addresses = addresses
        self.questions = []
        self.answer = threading.Event()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.host, 53))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def release(self):
        self.answer.set()

    def _serve(self):
        while True:
            question, sender = self.socket.recvfrom(512)
            if not question:
                return
            kind, = struct.unpack_from(">H", question, question.index(b"\0", 12) + 1)
            self.questions.append(kind)
            threading.Thread(target=self._reply, args=(question, sender, kind), daemon=True).start()

    def _reply(self, question, sender, kind):
        self.answer.wait()
        end = question.index(b"\0", 12) + 5
        found = self.addresses if kind == 1 else []
        reply = question[:2] + struct.pack(">HHHHH", 0x8180, 1, len(found), 0, 0) + question[12:end]
        for address in found:
            reply += struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address)
        self.socket.sendto(reply, sender)

    def close(self):
        self.answer.set()
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


def resolv_conf(folder, host):
    path = os.path.join(folder, "resolv.conf")
    with open(path, "w") as file:
        file.write(f"nameserver {host}\n")
    return path
