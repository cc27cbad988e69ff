"""--payload-stdin, --stdin and --payload-file: payloads of any bytes, of any size, that no process list shows."""

import contextlib
import hashlib
import os
import signal
import subprocess

from case import FAILURE, OK, USAGE, GoListener, GoRequester, wait_until
from fault_case import MIB, FaultCase

import wire
from process import children_of

EVERY_BYTE = bytes(range(256)) * 8
ARGUMENT_LIMIT = 128 << 10  # of one argument, on Linux


def room_for(identity):
    """The room that a server leaves for the payload, next to the longest header of a message with the UUID u."""
    header = wire.build(identity, b"", uuid="u")
    return MIB - len(header) - (88 - len(header.split(b",")[1]))


class PayloadCase(FaultCase):
    def input_file(self, data):
        return open(self.file("input", data), "rb")


class Sending(PayloadCase):
    def setUp(self):
        super().setUp()
        self.right.subscribe()

    def check(self, data, *flags, **options):
        self.send(self.left, *flags, **options)
        self.assertEqual(self.right.next().payload, data)

    def test_standard_input_is_sent_byte_for_byte(self):
        for data in (b"", b"one line\n", EVERY_BYTE, b"\0", b",,,\r\n"):
            with self.subTest(data=data[:10]), self.input_file(data) as file:
                self.check(data, "--stdin", stdin=file)

    def test_a_file_is_sent_byte_for_byte(self):
        for data in (b"", EVERY_BYTE, b"no newline"):
            with self.subTest(data=data[:10]):
                self.check(data, "--payload-file", self.file("payload", data))

    def test_a_payload_may_exceed_the_limits_of_an_argument(self):
        data = os.urandom(ARGUMENT_LIMIT * 6)
        self.check(data, "--payload-file", self.file("payload", data))
        with self.input_file(data) as file:
            self.check(data, "--stdin", stdin=file)

    def test_a_payload_may_use_all_that_the_server_takes(self):
        room = room_for(self.left.identity)
        data = os.urandom(room)
        self.check(data, "-u", "u", "--payload-file", self.file("payload", data))
        process = self.remaphore(self.left, "-s", "-u", "u", "--payload-file", self.file("payload", data + b"x" * 8))
        self.assert_refused(process, FAILURE, "too large", str(MIB))

    def test_input_that_comes_slowly_is_awaited(self):
        process = self.remaphore(self.left, "-s", "--stdin", stdin=subprocess.PIPE)
        for part in (b"first ", b"second ", b"third"):
            process.popen.stdin.write(part)
            process.popen.stdin.flush()
            self.assertEqual(self.right.client.pending(), [], "nothing is sent before the end")
        process.popen.stdin.close()
        process.expect_exit(OK)
        self.assertEqual(self.right.next().payload, b"first second third")

    def test_input_without_end_ends_at_the_timeout_and_nothing_is_sent(self):
        process = self.remaphore(self.left, "-s", "-t", "600ms", "--stdin", stdin=subprocess.PIPE)
        process.popen.stdin.write(b"half")
        process.popen.stdin.flush()
        self.assert_in_time(process, 0.6)
        self.assert_refused(process, FAILURE, "nothing was sent")
        self.assertEqual(self.right.client.pending(), [])

    def test_a_sender_that_waits_for_input_dies_of_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            for mode in ("-s", "-r"):
                with self.subTest(number=number, mode=mode):
                    fifo = self.path("never")
                    if not os.path.exists(fifo):
                        self.fifo("never")
                    holder = os.open(fifo, os.O_RDWR)
                    process = self.remaphore(self.left, mode, "--payload-file", fifo)
                    wait_until(lambda: fifo in self.open_files(process), "it reads")
                    process.signal(number)
                    process.expect_exit(-number, within=5)
                    os.close(holder)
        self.assertEqual(self.right.client.pending(), [])

    def open_files(self, process):
        files = []
        for name in os.listdir(f"/proc/{process.pid}/fd"):
            with contextlib.suppress(FileNotFoundError):  # closed since
                files.append(os.readlink(f"/proc/{process.pid}/fd/{name}"))
        return files

    def test_input_without_bounds_is_a_usage_error(self):
        with open("/dev/zero", "rb") as zero:
            self.assert_refused(self.remaphore(self.left, "-s", "--stdin", stdin=zero), USAGE, "largest payload")

    def test_a_file_that_cannot_be_read_is_a_usage_error(self):
        for path in (self.path("missing"), self.folder):
            with self.subTest(path=path):
                self.assert_refused(self.remaphore(self.left, "-s", "--payload-file", path), USAGE, path)

    def test_a_payload_comes_from_one_place(self):
        file = self.file("payload", "x")
        for words in (["--stdin", "word"], ["--payload-file", file, "word"], ["--stdin", "--payload-file", file]):
            with self.subTest(words=words):
                self.assert_refused(self.remaphore(self.left, "-s", *words), USAGE, "only one of them")

    def test_a_request_takes_them_too(self):
        answers = self.foreign("com.b", kind=GoListener, payload=b"0,done")
        with self.input_file(EVERY_BYTE) as file:
            process = self.remaphore(self.left, "-r", "-D", "com.b", "--stdin", stdin=file).expect_exit(OK)
        self.assertEqual(process.stdout.data, b"com.b,0,done\n")
        self.assertEqual(answers.requests[0].payload, EVERY_BYTE)

    def test_the_payload_is_not_in_the_process_list(self):
        """A sender that is kept waiting, so that it can be looked at."""
        self.left.servers = [self.fake(lambda connection: connection.hold()).url]
        with self.input_file(b"top secret words") as file:
            process = self.remaphore(self.left, "-s", "--stdin", "-t", "20s", stdin=file)
        wait_until(lambda: any(name.startswith("socket:") for name in self.open_files(process)),
                   "it has read and connects")
        for name in ("cmdline", "environ"):
            with open(f"/proc/{process.pid}/{name}", "rb") as shown:
                self.assertNotIn(b"secret", shown.read())


class Receiving(PayloadCase):
    def digests(self, *words):
        """A listener whose command prints what it was given, and by which way."""
        return self.listen(self.left, "--payload-stdin", *words, "/bin/sh", "-c",
                           'printf "%s %s|" "$#" "$1"; printenv REMAPHORE_MSG && echo set; sha256sum', "sh")

    def test_the_command_reads_the_payload_byte_for_byte(self):
        listener = self.digests()
        payloads = [b"", b"a line\n", EVERY_BYTE, b"\0", os.urandom(ARGUMENT_LIMIT * 6)]
        for number, payload in enumerate(payloads, 1):
            self.right.send(payload)
            listener.stdout.wait_lines(number)
        self.assertEqual(listener.stdout.lines,
                         [f"1 ping|{hashlib.sha256(payload).hexdigest()}  -" for payload in payloads])

    def test_the_largest_message_of_the_server_is_passed(self):
        listener = self.digests()
        payload = os.urandom(room_for(self.right.identity))
        self.right.send(payload, uuid="u")
        listener.stdout.wait_for(hashlib.sha256(payload).hexdigest())

    def test_a_request_is_answered(self):
        asker = self.foreign("com.asker", kind=GoRequester)
        self.listen(self.left, "--payload-stdin", "/bin/sh", "-c", "wc -c")
        asker.request(b"\0" * 300_000)
        self.assertEqual(asker.next().payload, b"0,300000\n")

    def test_a_command_that_does_not_read_it_does_no_harm(self):
        listener = self.listen(self.left, "--payload-stdin", "/bin/echo", "ignored")
        before = self.steady(listener)
        for _ in range(5):
            self.right.send(os.urandom(700_000))
        listener.stdout.wait_lines(5)
        self.assert_steady(listener, before)

    def test_the_payload_is_in_no_process_list_and_no_environment(self):
        gate = self.fifo("gate")
        listener = self.listen(self.left, "--payload-stdin", "/bin/sh", "-c", f"echo up; read line < {gate}")
        self.right.send(b"top secret words")
        listener.stdout.wait_for("up\n")
        for pid in (listener.pid, *children_of(listener.pid)):
            for name in ("cmdline", "environ"):
                with open(f"/proc/{pid}/{name}", "rb") as shown:
                    self.assertNotIn(b"secret", shown.read())
        self.release(gate)
        listener.stderr.wait_for("exit status 0")

    def test_without_it_the_payload_is_in_both(self):
        """Otherwise the test before would prove nothing."""
        gate = self.fifo("gate")
        listener = self.listen(self.left, "/bin/sh", "-c", f"echo up; read line < {gate}")
        self.right.send(b"top secret words")
        listener.stdout.wait_for("up\n")
        child, = children_of(listener.pid)
        for name in ("cmdline", "environ"):
            with open(f"/proc/{child}/{name}", "rb") as shown:
                self.assertIn(b"secret", shown.read())
        self.release(gate)
        listener.stderr.wait_for("exit status 0")

    def test_the_command_has_no_other_descriptor(self):
        listener = self.listen(self.left, "--payload-stdin", "/bin/sh", "-c", "ls /proc/$$/fd; readlink /proc/$$/fd/0")
        self.right.send(b"x")
        listener.stderr.wait_for("exit status 0")
        self.assertEqual([line for line in listener.stdout.lines if line.isdigit()], ["0", "1", "2"])

    def test_output_that_a_command_writes_to_its_input_is_lost(self):
        listener = self.listen(self.left, "--payload-stdin", "/bin/sh", "-c", 'cat; echo changed 1<>/dev/stdin')
        self.right.send(b"one\n")
        self.right.send(b"two\n")
        listener.stderr.wait_for("exit status", count=2)
        self.assertEqual(listener.stdout.data, b"one\ntwo\n")

    def test_a_payload_from_a_file_reaches_a_command_unchanged(self):
        """End to end, beyond what any command line could carry."""
        data = os.urandom(500_000)
        other = self.node("com.other")
        listener = self.digests("-o")
        self.send(other, "--payload-file", self.file("payload", data))
        listener.expect_exit(OK)
        self.assertIn(hashlib.sha256(data).hexdigest(), listener.stdout.text)
