"""TERM, INT, HUP and QUIT at every stage, and -t as a bound on everything."""

import os
import signal

from case import FAILURE, NOTHING, OK, REMAPHORE, GoListener, HubCase, let_time_pass, wait_until

from fake_server import FakeServer

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


class SignalCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()

    def fake(self, play):
        server = FakeServer(play)
        self.addCleanup(server.close)
        return server


class Signals(SignalCase):
    """The process cleans up and dies of the signal itself; a shell sees 128 and its number."""

    def test_a_waiting_listener_dies_of_the_signal(self):
        for number in ENDING:
            with self.subTest(number=number):
                listener = self.listen(self.left)
                listener.signal(number)
                listener.expect_exit(-number, within=3)

    def test_a_listener_that_has_received_dies_of_the_signal_too(self):
        listener = self.listen(self.left)
        self.right.send(b"hi")
        listener.stdout.wait_for("hi\n")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=3)
        self.assertEqual(listener.stdout.data, b"hi\n")

    def test_a_shell_sees_128_and_the_number(self):
        shell = self.start("/bin/sh", "-c", '"$0" -c "$1" & echo $!; wait $!; echo "status $?"',
                           REMAPHORE, self.left.write())
        shell.wait_ready()
        os.kill(int(shell.stdout.lines[0]), signal.SIGTERM)
        shell.expect_exit(0, within=5)
        self.assertIn("status 143", shell.stdout.lines)

    def test_a_waiting_requester_dies_of_the_signal(self):
        silent = self.foreign("com.silent", kind=GoListener, answers=lambda request: [])
        for number in ENDING:
            with self.subTest(number=number):
                silent.requests.clear()
                process = self.remaphore(self.left, "-r", "-D", "com.silent", "-t", "20s", "hi")
                wait_until(lambda: silent.requests, "the request arrived")
                process.signal(number)
                process.expect_exit(-number, within=3)

    def test_a_sender_that_waits_for_a_server_dies_of_the_signal(self):
        frozen = self.fake(lambda connection: connection.hold())
        self.left.servers = [frozen.url]
        for count, number in enumerate(ENDING, 1):
            with self.subTest(number=number):
                process = self.remaphore(self.left, "-s", "hi")
                frozen.wait_connections(count)
                process.signal(number)
                process.expect_exit(-number, within=3)

    def test_a_listener_that_waits_for_a_server_dies_of_the_signal(self):
        frozen = self.fake(lambda connection: (connection.info(), connection.hold()))
        self.left.servers = [frozen.url]
        for count, number in enumerate(ENDING, 1):
            with self.subTest(number=number):
                process = self.remaphore(self.left)
                frozen.wait_connections(count)
                process.signal(number)
                process.expect_exit(-number, within=3)

    def test_a_listener_between_two_attempts_dies_of_the_signal(self):
        closing = self.fake(lambda connection: None)
        self.left.servers = [closing.url]
        process = self.remaphore(self.left)
        closing.wait_connections(3)
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM, within=3)

    def test_a_listener_with_a_full_pipe_dies_of_the_signal(self):
        listener = self.listen(self.left)
        listener.pause_reading()
        for _ in range(30):
            self.right.send(b"x" * 8000)
        let_time_pass(0.2)
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=8)

    def test_a_stopped_and_continued_listener_goes_on(self):
        listener = self.listen(self.left, "-o")
        listener.signal(signal.SIGSTOP)
        listener.signal(signal.SIGCONT)
        self.right.send(b"hi")
        listener.expect_exit(OK)

    def test_an_ignored_hangup_stays_ignored(self):
        """nohup relies on this."""
        listener = self.remaphore(self.left, "-o", preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        listener.wait_ready()
        listener.signal(signal.SIGHUP)
        let_time_pass(0.1)
        self.right.send(b"hi")
        listener.expect_exit(OK)


class Deadlines(SignalCase):
    """-t bounds the whole operation, whatever stage it is at."""

    def stages(self):
        return {
            "no greeting": lambda connection: connection.hold(),
            "no confirmation": lambda connection: (connection.info(), connection.hold()),
            "closing at once": lambda connection: None,
            "half a line": lambda connection: (connection.send("INFO {\"a\""), connection.hold()),
        }

    def check(self, flags, code):
        for name, play in self.stages().items():
            with self.subTest(stage=name):
                self.left.servers = [self.fake(play).url]
                process = self.remaphore(self.left, *flags, "-t", "500ms")
                process.expect_exit(code, within=6)
                self.assertTrue(0.4 < process.seconds < 3, process)

    def test_a_sender_ends_in_time_at_every_stage(self):
        self.check(["-s"], FAILURE)

    def test_a_requester_ends_in_time_at_every_stage(self):
        self.check(["-r"], FAILURE)

    def test_a_listener_ends_in_time_at_every_stage(self):
        self.check([], FAILURE)

    def test_a_listener_that_is_flooded_ends_in_time(self):
        listener = self.listen(self.left, "-t", "700ms", "-v", "wanted")
        for number in range(2000):
            self.right.client.publish(self.right.subject(), b"x" * 1000)
        self.right.client.flush()
        listener.expect_exit(NOTHING)
        self.assertLess(listener.seconds, 4)

    def test_a_listener_with_a_full_pipe_ends_in_time(self):
        listener = self.listen(self.left, "-t", "700ms")
        listener.pause_reading()
        for _ in range(30):
            self.right.send(b"x" * 8000)
        listener.wait_exit(within=8)

    def test_a_requester_with_answers_keeps_its_0(self):
        self.foreign("com.b", kind=GoListener, payload=b"0,done")
        process = self.remaphore(self.left, "-r", "-t", "600ms", "hi").expect_exit(OK)
        self.assertEqual(process.stdout.data, b"com.b,0,done\n")
        self.assertTrue(0.5 < process.seconds < 3)

    def test_a_tiny_timeout_is_a_timeout(self):
        frozen = self.fake(lambda connection: connection.hold())
        self.left.servers = [frozen.url]
        self.remaphore(self.left, "-s", "-t", "1ns", "hi").expect_exit(FAILURE, within=3)

    def test_the_longest_timeout_does_not_overflow(self):
        listener = self.listen(self.left, "-o", "-t", "9223372036854775807ns")
        self.right.send(b"hi")
        listener.expect_exit(OK)
        self.send(self.left, "-t", "2562047h", "hi")
