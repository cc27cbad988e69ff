"""Readiness for scripts (--ready-file, --ready-fd), and notifications to a service manager (sd_notify)."""

import os
import signal
import socket

from case import FAILURE, NOTHING, OK, REMAPHORE, USAGE, HubCase, environment, let_time_pass, mode_of, wait_until

from process import DEADLINE, status_of


class Readiness(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()
        self.ready = self.path("ready")

    def await_ready(self):
        wait_until(lambda: os.path.exists(self.ready), "the ready file")

    def test_whatever_is_sent_once_the_file_is_there_arrives(self):
        for number in range(10):
            listener = self.remaphore(self.left, "-o", "--ready-file", self.ready)
            self.await_ready()
            self.right.send(b"number %d" % number)
            listener.expect_exit(OK)
            self.assertEqual(listener.stdout.data, b"number %d\n" % number)
            self.assertEqual(os.listdir(self.folder).count("ready"), 0, "removed at the end")

    def test_the_file_is_whole_and_names_the_process(self):
        listener = self.remaphore(self.left, "--ready-file", self.ready)
        self.await_ready()
        with open(self.ready) as file:
            self.assertEqual(file.read(), f"{listener.pid}\n")
        self.assertEqual(mode_of(self.ready), 0o644)

    def test_the_file_is_gone_however_the_listener_was_asked_to_end(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            listener = self.remaphore(self.left, "--ready-file", self.ready)
            self.await_ready()
            listener.signal(number)
            listener.expect_exit(-number)
            self.assertFalse(os.path.exists(self.ready), number)
        self.remaphore(self.left, "--ready-file", self.ready, "-t", "100ms").expect_exit(NOTHING)
        self.assertFalse(os.path.exists(self.ready))

    def test_the_file_of_a_killed_listener_is_not_mistaken_for_readiness(self):
        first = self.remaphore(self.left, "--ready-file", self.ready)
        self.await_ready()
        first.signal(signal.SIGKILL)
        first.expect_exit(-signal.SIGKILL)
        self.assertTrue(os.path.exists(self.ready))
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.left.servers = [f"nats://127.0.0.1:{silent.getsockname()[1]}"]
            self.remaphore(self.left, "--ready-file", self.ready)
            wait_until(lambda: not os.path.exists(self.ready), "the old file is removed")

    def test_the_old_file_is_removed_even_if_the_config_is_wrong(self):
        self.file("ready", "12\n")
        self.command("-c", "/nonexistent", "--ready-file", self.ready).expect_exit(USAGE)
        self.assertFalse(os.path.exists(self.ready))

    def test_a_file_of_another_owner_is_left_alone(self):
        self.file("ready", "precious\n")
        self.assert_refused(self.remaphore(self.left, "--ready-file", self.ready), USAGE, self.ready,
                            "not a ready file")
        with open(self.ready) as file:
            self.assertEqual(file.read(), "precious\n")

    def test_a_file_that_cannot_be_made_is_an_error_before_anything(self):
        self.assert_refused(self.remaphore(self.left, "--ready-file", self.path("missing/ready")), USAGE,
                            "missing/ready")
        self.assert_refused(self.remaphore(self.left, "--ready-file", "/proc/ready"), USAGE, "/proc/ready")

    def test_senders_have_no_readiness(self):
        for mode in ("-s", "-r"):
            for option, value in (("--ready-file", self.ready), ("--ready-fd", "5")):
                self.assert_refused(self.remaphore(self.left, mode, option, value), USAGE, option, "receiving")

    def with_descriptor(self, number, *words, mode=">"):
        """A listener with the writing end of a pipe as this descriptor; and the reading end."""
        path = self.path("pipe")
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        listener = self.start("/bin/sh", "-c", f'exec "$@" {number}{mode}"$PIPE"', "sh", REMAPHORE,
                              "-c", self.left.write(), "--ready-fd", str(number), *words, env=environment(PIPE=path))
        return listener, reader

    def read_to_end(self, reader):
        os.set_blocking(reader, True)
        return os.read(reader, 100) + os.read(reader, 100)

    def test_the_descriptor_gets_a_newline_and_is_closed_at_once(self):
        listener, reader = self.with_descriptor(5)
        listener.wait_ready()
        self.assertEqual(self.read_to_end(reader), b"\n")
        self.assertIsNone(listener.returncode)

    def test_the_descriptor_is_not_open_in_a_command(self):
        listener, reader = self.with_descriptor(7, "-o", self.script("ls /proc/$$/fd"))
        listener.wait_ready()
        self.assertEqual(self.read_to_end(reader), b"\n")
        self.right.send(b"x")
        listener.expect_exit(OK)
        self.assertNotIn("7", listener.stdout.lines)

    def test_a_listener_that_never_gets_ready_closes_it_without_a_word(self):
        self.left.servers = ["nats://127.0.0.1:1"]
        listener, reader = self.with_descriptor(5, "-t", "100ms")
        listener.expect_exit(FAILURE)
        self.assertEqual(self.read_to_end(reader), b"")

    def test_a_bad_descriptor_is_an_error(self):
        for number, why in (("1", "in use"), ("3", "not open"), ("4", "not open"), ("9999", "not open"),
                            ("0", "number from 1"), ("x", "number from 1")):
            self.assert_refused(self.remaphore(self.left, "--ready-fd", number), USAGE, "-ready-fd", number, why)


class Manager(HubCase):
    """Plays the service manager."""

    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()
        self.heard = []

    def begin(self, *words, name=None, **variables):
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.settimeout(DEADLINE)
        name = name or self.path("notify")
        self.manager.bind("\0" + name[1:] if name.startswith("@") else name)
        variables = {"NOTIFY_SOCKET": name} | variables
        return self.remaphore(self.left, *words, env=environment(**variables))

    def hear(self, *parts):
        """The next notification with all of these lines' beginnings; as lines."""
        while True:
            lines = self.manager.recv(4096).decode().splitlines()
            self.heard.append(lines)
            if all(any(line.startswith(part) for line in lines) for part in parts):
                return lines

    def said(self, part):
        return [line for lines in self.heard for line in lines if line.startswith(part)]

    def test_readiness_is_reported_once_and_every_later_message_arrives(self):
        listener = self.begin("-o")
        self.hear("READY=1", "STATUS=listening; 0 messages handled, 0 refused")
        self.right.send(b"x")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"x\n")
        self.hear("STOPPING=1")
        self.assertEqual(self.said("READY"), ["READY=1"])

    def test_an_abstract_address_is_as_good(self):
        self.begin(name="@remaphore-" + os.urandom(6).hex())
        self.hear("READY=1")

    def test_the_status_counts(self):
        listener = self.begin()
        self.hear("READY=1")
        for number in range(5):
            self.right.send(b"message %d" % number)
        self.right.publish(b"junk")
        self.hear("STATUS=listening; 5 messages handled, 1 refused")
        listener.signal(signal.SIGTERM)
        self.hear("STOPPING=1", "STATUS=stopping; 5 messages handled, 1 refused")
        listener.expect_exit(-signal.SIGTERM)

    def test_a_lost_link_and_its_return_are_reported(self):
        server = self.server()
        self.left = self.make_fleet(server).node("com.left")
        listener = self.begin()
        self.hear("READY=1")
        server.kill()
        self.hear("STATUS=no connection (")
        server.restart()
        self.hear("STATUS=listening; ")
        self.assertEqual(self.said("READY"), ["READY=1"])
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)

    def test_the_reason_why_it_is_not_ready_is_reported(self):
        self.left.servers = ["nats://127.0.0.1:1"]
        self.begin()
        told = self.hear("STATUS=connecting (")
        self.assertRegex(told[0], r"127\.0\.0\.1:1\b.*refused.*; 0 messages handled, 0 refused$")
        self.assertEqual(self.said("READY"), [])

    def test_the_watchdog_is_notified_while_the_loop_turns(self):
        listener = self.begin(WATCHDOG_USEC="200000")
        self.hear("READY=1")
        for _ in range(3):
            self.hear("WATCHDOG=1")
        listener.signal(signal.SIGSTOP)
        self.manager.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            for _ in range(10):  # what was on its way
                self.manager.recv(4096)
        self.manager.settimeout(DEADLINE)
        listener.signal(signal.SIGCONT)
        self.hear("WATCHDOG=1")

    def test_the_watchdog_is_notified_while_a_command_runs(self):
        listener = self.begin("sleep", "1000", WATCHDOG_USEC="200000")
        self.hear("READY=1")
        self.right.send(b"x", verb="1000")
        self.hear("STATUS=listening; 1 messages handled")
        for _ in range(3):
            self.hear("WATCHDOG=1")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)

    def test_an_idle_listener_without_a_watchdog_sleeps(self):
        listener = self.begin()
        self.hear("READY=1")
        let_time_pass(0.2)
        before = status_of(listener.pid, "voluntary_ctxt_switches")
        let_time_pass(1.5)
        self.assertEqual(status_of(listener.pid, "voluntary_ctxt_switches"), before)

    def test_a_command_cannot_be_mistaken_for_the_service(self):
        listener = self.begin("-o", self.script("env"), WATCHDOG_USEC="10000000", WATCHDOG_PID=None)
        self.hear("READY=1")
        self.right.send(b"x")
        listener.expect_exit(OK)
        self.assertIn("REMAPHORE_VERB=", listener.stdout)
        for name in ("NOTIFY_SOCKET", "WATCHDOG_"):
            self.assertNotIn(name, listener.stdout)

    def test_a_manager_that_is_not_there_does_not_keep_it_from_listening(self):
        for name in (self.path("nobody"), "relative", "/" + "x" * 200):
            listener = self.remaphore(self.left, "-o", env=environment(NOTIFY_SOCKET=name)).wait_ready()
            self.right.send(b"x")
            listener.expect_exit(OK)
            self.assert_error_line(listener, "cannot notify the service manager")


class Journal(HubCase):
    def test_lines_have_priorities_when_standard_error_is_the_journal(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        status = os.fstat(writer)
        process = self.remaphore(self.node(), "-t", "100ms", stderr=writer,
                                 env=environment(JOURNAL_STREAM=f"{status.st_dev}:{status.st_ino}"))
        os.close(writer)
        process.expect_exit(NOTHING)
        self.assertEqual(os.read(reader, 4096), b"<5>Ready\n<5>remaphore: no message came within 100ms\n")
