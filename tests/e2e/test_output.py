"""What goes where: data on stdout, everything else on stderr in one form, and no write that fails unseen."""

import os
import pty
import re
import resource
import signal
import subprocess
import threading
import time

from case import (FAILURE, NOTHING, OK, REMAPHORE, REMAPHORE_FLEET, GoListener, HubCase, Process, environment,
                  let_time_pass)

import wire
from fake_server import FakeServer


class OutputCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()


class FullDevice(OutputCase):
    """A write that fails is an error, never a success."""

    def full(self):
        full = open("/dev/full", "wb")
        self.addCleanup(full.close)
        return full

    def check_fails(self, process):
        self.assertNotEqual(process.wait_exit(), OK, process)
        self.assertGreater(process.returncode, 0, process)
        self.error_lines(process)

    def test_a_full_device_fails_the_example_config(self):
        self.check_fails(self.command("-C", stdout=self.full()))

    def test_a_full_device_fails_the_help(self):
        self.check_fails(self.command("--help", stdout=self.full()))

    def test_a_full_device_fails_the_version(self):
        self.check_fails(self.command("--version", stdout=self.full()))

    def test_a_full_device_fails_a_payload(self):
        listener = self.remaphore(self.left, "-o", stdout=self.full()).wait_ready()
        self.right.send(b"hi")
        listener.expect_exit(FAILURE)
        self.error_lines(listener)

    def test_a_full_device_fails_a_payload_of_a_listener_that_goes_on(self):
        listener = self.remaphore(self.left, stdout=self.full()).wait_ready()
        self.right.send(b"hi")
        listener.expect_exit(FAILURE)
        self.error_lines(listener)

    def test_a_full_device_fails_an_answer(self):
        self.foreign("com.b", kind=GoListener, payload=b"0,done")
        process = self.remaphore(self.left, "-r", "-D", "com.b", "-t", "5s", "hi", stdout=self.full())
        process.expect_exit(FAILURE)
        self.error_lines(process)

    def test_a_full_device_fails_gathered_answers(self):
        self.foreign("com.b", kind=GoListener, payload=b"0,done")
        process = self.remaphore(self.left, "-r", "--gather", "-D", "com.b", "-t", "5s", "hi", stdout=self.full())
        process.expect_exit(FAILURE)
        self.error_lines(process)

    def test_a_full_stderr_does_no_harm(self):
        listener = self.remaphore(self.left, "-t", "400ms", stderr=self.full())
        listener.expect_exit(NOTHING)


class ClosedPipe(OutputCase):
    def test_a_reader_that_has_gone_ends_a_listener(self):
        read_end, write_end = os.pipe()
        listener = self.remaphore(self.left, stdout=write_end).wait_ready()
        os.close(write_end)
        os.close(read_end)
        self.right.send(b"hi")
        self.assertNotEqual(listener.wait_exit(), OK)

    def test_stdin_is_never_read(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, write_end)
        os.write(write_end, b"not for us\n")
        self.remaphore(self.left, "-s", "hi", stdin=read_end).expect_exit(OK)
        self.assertEqual(os.read(read_end, 100), b"not for us\n")
        os.close(read_end)

    def test_closed_standard_descriptors_do_no_harm(self):
        self.right.subscribe()
        config = self.left.write()
        shell = self.start("/bin/sh", "-c", '"$0" -c "$1" -s hi <&- >&- 2>&-', REMAPHORE, config)
        shell.expect_exit(OK)
        self.assertEqual(self.right.next().payload, b"hi")

    def test_a_payload_fails_on_a_closed_stdout_and_never_goes_to_the_server(self):
        config = self.left.write()
        shell = self.start("/bin/sh", "-c", 'exec "$0" -c "$1" -o >&-', REMAPHORE, config).wait_ready()
        self.right.send(b"PUB for.the.server 0\r\n\r\n")
        shell.expect_exit(FAILURE)
        self.assertIn("standard output", "".join(self.error_lines(shell)))


    def test_a_payload_never_goes_to_the_server_without_a_null_device_either(self):
        if os.geteuid() != 0:
            self.skipTest("only root can take /dev/null away")
        config = self.left.write()
        listener = self.start("unshare", "-m", "/bin/sh", "-c",
                              'mount -t tmpfs none /dev && exec "$0" -c "$1" -o <&- >&-', REMAPHORE,
                              config).wait_ready()
        self.right.send(b"PUB for.the.server 0\r\n\r\n")
        listener.expect_exit(FAILURE)
        self.assert_error_line(listener, "standard output")

    def test_the_other_program_fails_on_a_closed_stdout_too(self):
        shell = self.start("/bin/sh", "-c", 'exec "$0" --version <&- >&-', REMAPHORE_FLEET)
        shell.expect_exit(FAILURE)
        self.assertIn("remaphore-fleet: cannot write to standard output", shell.stderr.text)


class Verbosity(OutputCase):
    def ignored(self, *flags, verbose="--verbose", **message):
        """What stderr says about a message that is ignored before a good one."""
        listener = self.listen(self.left, "-o", verbose, *flags)
        self.right.send(b"ignored", **message)
        self.right.send(b"good", **{key: message[key] for key in message if key in ("part",)}, **self.good)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"good\n")
        self.error_lines(listener)
        return listener.stderr.text

    good = {}

    def test_verbose_reports_a_destination_that_did_not_match(self):
        self.assertRegex(self.ignored(destination="net.elsewhere"), "(?m)^remaphore: .*destination")

    def test_verbose_reports_a_verb_that_was_not_wanted(self):
        self.good = {"verb": "deploy"}
        self.assertRegex(self.ignored("-v", "deploy", verb="reboot"), "(?m)^remaphore: .*verb")

    def test_verbose_reports_a_uuid_that_was_not_wanted(self):
        self.good = {"uuid": "x"}
        self.assertRegex(self.ignored("-u", "x", uuid="y"), "(?mi)^remaphore: .*uuid")

    def test_verbose_reports_an_unknown_key(self):
        self.assertRegex(self.ignored(signer=wire.Identity()), "(?m)^remaphore: .*(key|peer)")

    def test_verbose_reports_a_verb_that_is_not_granted(self):
        self.left.peers = [f"{self.right.destination} {self.right.public} [ping]"]
        self.assertRegex(self.ignored(verb="reboot"), "(?m)^remaphore: .*verb")

    def test_verbose_reports_a_bad_signature(self):
        listener = self.listen(self.left, "-o", "--verbose")
        self.right.publish(wire.build(self.right.identity, b"bad")[:-1] + b"x")
        self.right.send(b"good")
        listener.expect_exit(OK)
        self.assertRegex(listener.stderr.text, "(?m)^remaphore: .*signature")

    def test_verbose_reports_a_malformed_message(self):
        listener = self.listen(self.left, "-o", "--verbose")
        self.right.publish(b"not a message")
        self.right.send(b"good")
        listener.expect_exit(OK)
        self.error_lines(listener)

    def test_verbose_reports_a_message_that_was_seen_before(self):
        listener = self.listen(self.left, "--verbose")
        raw = self.right.send(b"once")
        listener.stdout.wait_for("once\n")
        before = len(listener.stderr.data)
        self.right.publish(raw)
        listener.stderr.wait(lambda data: len(data) > before, "a line about the copy")
        self.error_lines(listener)
        self.assertEqual(listener.stdout.data, b"once\n")

    def test_without_verbose_ignored_messages_are_not_mentioned(self):
        listener = self.listen(self.left, "-o")
        self.right.send(b"x", destination="net.elsewhere")
        self.right.send(b"x", signer=wire.Identity())
        self.right.publish(b"not a message")
        self.right.send(b"good")
        listener.expect_exit(OK)
        self.assertEqual(listener.stderr.data, b"Ready\n")

    def test_verbose_is_no_flood(self):
        listener = self.listen(self.left, "--verbose")
        strange = [wire.build(wire.Identity(), b"x") for _ in range(300)]
        for raw in strange:
            self.right.client.publish(self.right.subject(), raw)
        self.right.send(b"good")
        listener.stdout.wait_for("good\n")
        let_time_pass(1.2)  # for what was counted to be told
        self.right.send(b"better", signer=wire.Identity())
        self.right.send(b"best")
        listener.stdout.wait_for("best\n")
        self.assertLess(len(listener.stderr.lines), 40)
        told = [int(number) for line in listener.stderr.lines for number in re.findall(r"\b\d{2,3}\b", line)]
        self.assertTrue(any(200 < number <= 300 for number in told), listener.stderr.text[-3000:])

    def test_control_bytes_of_peers_are_escaped_on_stderr(self):
        listener = self.listen(self.left, "-o", "--verbose", "-v", "good")
        self.right.send(b"x", verb="\x1b[31mred\nremaphore: forged line\x07\r")
        self.right.send(b"x", verb="good")
        listener.expect_exit(OK)
        for byte in b"\x1b\x07\r":
            self.assertNotIn(bytes([byte]), listener.stderr.data)
        self.assertNotIn("\nremaphore: forged line", listener.stderr.text)

    def test_control_bytes_of_the_server_are_escaped_on_stderr(self):
        def play(connection):
            connection.info()
            connection.until("PING")
            connection.send(b"-ERR 'Permissions Violation \x1b[31m\x07'\r\n")
            connection.hold()
        server = FakeServer(play)
        self.addCleanup(server.close)
        self.left.servers = [server.url]
        process = self.remaphore(self.left, "-s", "-t", "600ms", "hi").expect_exit(FAILURE)
        self.assertNotIn(b"\x1b", process.stderr.data)
        self.assertNotIn(b"\x07", process.stderr.data)

    def test_quiet_leaves_the_skew_line_in(self):
        listener = self.listen(self.left, "-o", "-q")
        self.right.send(b"old", time_ns=time.time_ns() - 60 * 10**9)
        self.right.send(b"good")
        listener.expect_exit(OK)
        self.assert_error_line(listener, "skew")

    def test_the_skew_line_is_there_without_verbose(self):
        listener = self.listen(self.left, "-o")
        self.right.send(b"old", time_ns=time.time_ns() - 60 * 10**9)
        self.right.send(b"good")
        listener.expect_exit(OK)
        self.assertEqual(len(self.error_lines(listener)), 1)


class Colour(OutputCase):
    def on_terminal(self, *args, **variables):
        """What a person would see of stderr."""
        leader, follower = pty.openpty()
        process = Process([REMAPHORE, *args], env=environment(**variables), stderr=follower)
        self.addCleanup(process.close)
        os.close(follower)
        process.wait_exit()
        try:
            data = os.read(leader, 65536)
        except OSError:
            data = b""
        os.close(leader)
        return data

    def test_there_are_no_colours_where_stderr_is_no_terminal(self):
        process = self.command("-zz").expect_exit(2)
        self.assertNotIn(b"\x1b", process.stderr.data)

    def test_no_color_is_honoured_on_a_terminal(self):
        shown = self.on_terminal("-zz", NO_COLOR="1")
        self.assertIn(b"remaphore: ", shown)
        self.assertNotIn(b"\x1b", shown)

    def test_the_message_is_there_on_a_terminal(self):
        self.assertIn(b"remaphore: ", self.on_terminal("-zz"))

    def test_help_has_no_colours_when_piped(self):
        self.assertNotIn(b"\x1b", self.command("--help").expect_exit(OK).stdout.data)


class Invisible(OutputCase):
    """Characters from peers that reverse the writing direction or are invisible, and bytes that an 8-bit terminal
    obeys."""

    HIDDEN = "\u202e\u2066\u2069\u200e\u200f\u061c\u200b\u200d\u2060\ufeff\u00ad\u2028\u2029\U000e0041\u009b"
    SEEN = "größe 日本語 ▛"  # the last ends in byte 9b

    def on_terminal(self, *args, **variables):
        """A listener whose standard output and standard error are one terminal, and what that shows until `end`."""
        leader, follower = pty.openpty()
        process = Process([REMAPHORE, "-c", self.left.write(), *args], env=environment(**variables), stdout=follower,
                          stderr=follower)
        self.addCleanup(process.close)
        os.close(follower)
        self.addCleanup(os.close, leader)
        shown = b""

        def shows(part):
            nonlocal shown
            while part not in shown:
                shown += os.read(leader, 65536)
            return shown
        shows(b"Ready")
        return shows

    def assert_safe(self, shown):
        for character in self.HIDDEN:
            self.assertNotIn(character.encode(), shown)

    def test_payloads_show_them_on_a_terminal(self):
        shows = self.on_terminal()
        self.right.send((self.HIDDEN + self.SEEN + " end").encode())
        shown = shows(b" end")
        self.assert_safe(shown)
        self.assertIn(b"\\xe2\\x80\\xae", shown)
        self.assertIn(self.SEEN.encode(), shown)

    def test_payloads_are_as_they_came_elsewhere(self):
        listener = self.listen(self.left, "-o")
        self.right.send((self.HIDDEN + self.SEEN).encode())
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, (self.HIDDEN + self.SEEN + "\n").encode())

    def test_objects_show_them_on_a_terminal(self):
        shows = self.on_terminal("--json")
        self.right.send((self.HIDDEN + self.SEEN + " end").encode())
        shown = shows(b" end")
        self.assert_safe(shown)
        self.assertIn(b"\\u202e", shown)

    def test_invisible_characters_are_escaped_in_lines(self):
        listener = self.listen(self.left, "-o", "--verbose", "-v", "good")
        self.right.send(b"x", verb=self.HIDDEN + "bad")
        self.right.send(b"x", verb="good")
        listener.expect_exit(OK)
        self.assert_safe(listener.stderr.data)
        self.assertIn(b"\\xe2\\x80\\xae", listener.stderr.data)

    def test_a_terminal_that_does_not_read_utf8_gets_ascii_only(self):
        for locale in ("C", "de_DE.ISO-8859-1"):
            for args in ([], ["--json"]):
                with self.subTest(locale=locale, args=args):
                    shows = self.on_terminal("--verbose", "-v", "good", *args, LC_ALL=locale)
                    self.right.send(self.SEEN.encode(), verb=self.SEEN)
                    self.right.send((self.SEEN + " end").encode(), verb="good")
                    shown = shows(b" end")
                    self.assertTrue(shown.isascii(), shown)
                    self.assertIn(b"\\x96\\x9b end", shown)


class CoreFiles(OutputCase):
    """They would hold our keys."""

    def setUp(self):
        super().setUp()
        self.connected = threading.Event()

        def play(connection):
            self.connected.set()
            connection.hold()
        server = FakeServer(play)
        self.addCleanup(server.close)
        self.left.servers = [server.url]

    def leaves_one(self, *argv, once=None):
        """Whether the program does when SIGQUIT ends it."""
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        limit = 1 << 16 if hard == resource.RLIM_INFINITY else min(hard, 1 << 16)
        variables = environment(ASAN_OPTIONS="disable_coredump=0:" + os.environ.get("ASAN_OPTIONS", ""))

        def prepare():
            resource.setrlimit(resource.RLIMIT_CORE, (limit, hard))
            signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # shells let what they start in the background ignore it
        process = subprocess.Popen(argv, env=variables, cwd=self.folder, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, preexec_fn=prepare)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        if once:
            self.assertTrue(once.wait(30), "it has connected")
        process.send_signal(signal.SIGQUIT)
        end = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        self.assertEqual(end.si_status, signal.SIGQUIT)
        return end.si_code == os.CLD_DUMPED

    def test_it_leaves_no_core_file(self):
        if not self.leaves_one("sleep", "60"):
            self.skipTest("no program leaves one here")
        self.assertFalse(self.leaves_one(REMAPHORE, "-c", self.left.write(), "-s", once=self.connected))

    def test_remaphore_fleet_leaves_no_core_file(self):
        if not self.leaves_one("sleep", "60"):
            self.skipTest("no program leaves one here")
        self.assertFalse(self.leaves_one(REMAPHORE_FLEET, "check", self.left.write(), once=self.connected))
