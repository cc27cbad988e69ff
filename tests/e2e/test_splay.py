"""--splay and --start-after: when a listener starts its command, or returns."""

import signal
import time

from case import FAILURE, OK, USAGE, HubCase


class DelayCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()


class Splay(DelayCase):
    def test_each_command_waits_for_a_random_part_of_it(self):
        listener = self.listen(self.left, "--splay", "1s", "--jobs", "10", "sh", "-c", "date +%s%N")
        for _ in range(10):
            self.right.send(b"go")
        sent = time.time_ns()
        times = sorted(int(line) - sent for line in listener.stdout.wait_lines(10))
        self.assertGreater(times[-1] - times[0], 100_000_000, "not all at once")
        self.assertLess(times[0], 900_000_000)

    def test_no_command_waits_longer_than_the_splay(self):
        listener = self.listen(self.left, "--splay", "10ms", "echo")
        sent = time.monotonic()
        for number in range(5):
            self.right.send(b"%d" % number)
        listener.stdout.wait_lines(5)
        self.assertLess(time.monotonic() - sent, 5)
        self.assertEqual(listener.stdout.lines, [f"ping {number}" for number in range(5)])

    def test_the_timeout_holds(self):
        listener = self.listen(self.left, "--splay", "9000h", "-t", "500ms", "echo")
        self.right.send(b"go")
        listener.expect_exit(OK)
        self.assertLess(listener.seconds, 5)
        self.assertEqual(listener.stdout.data, b"")
        self.assertIn("remaphore: 1 received messages were not handled", listener.stderr.lines)

    def test_a_signal_holds(self):
        left = self.listen(self.left, "--splay", "9000h", "--verbose", "echo")
        self.right.send(b"go")
        left.signal(signal.SIGTERM)
        left.expect_exit(-signal.SIGTERM, within=5)
        self.assertEqual(left.stdout.data, b"")

    def test_grace_starts_nothing_that_waits(self):
        listener = self.listen(self.left, "--splay", "1ms", "--grace", "20s", "sh",
                               "-c", "echo begun; sleep 0.5; echo ended")
        self.right.send(b"one")
        listener.stdout.wait_for("begun")
        self.right.send(b"two")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)
        self.assertEqual(listener.stdout.lines, ["begun", "ended"])

    def test_it_goes_with_a_command(self):
        self.assert_refused(self.remaphore(self.left, "--splay", "1s"), USAGE, "--splay", "command")

    def test_it_does_not_go_with_start_after(self):
        process = self.remaphore(self.left, "--splay", "1s", "--start-after", "1s", "true")
        self.assert_refused(process, USAGE, "--splay", "--start-after")


class StartAfter(DelayCase):
    def signed(self, ago):
        return time.time_ns() - int(ago * 1e9)

    def test_a_waiter_returns_that_long_after_the_signal_was_signed(self):
        listener = self.listen(self.left, "-u", "go", "--start-after", "2s")
        stamp = self.signed(1)
        self.right.send(b"now", uuid=b"go", time_ns=stamp)
        listener.expect_exit(OK)
        took = time.time_ns() - stamp
        self.assertEqual(listener.stdout.data, b"now\n")
        self.assertGreaterEqual(took, 2_000_000_000)
        self.assertLess(took, 2_900_000_000)
        self.assertEqual(listener.stderr.lines, ["Ready"])

    def test_a_command_starts_then_on_every_node_alike(self):
        nodes = [self.left, self.node("com.other"), self.node("com.third")]
        listeners = [self.listen(node, "-o", "--start-after", "1s", "sh", "-c", "date +%s%N") for node in nodes]
        stamp = self.signed(0)
        self.right.send(b"go", time_ns=stamp)
        for listener in listeners:
            listener.expect_exit(OK)
            late = int(listener.stdout.data) - stamp - 1_000_000_000
            self.assertGreaterEqual(late, 0)
            self.assertLess(late, 900_000_000)

    def test_lateness_is_reported(self):
        for command in ([], ["true"]):
            listener = self.listen(self.left, "-o", "-q", "--start-after", "100ms", *command)
            self.right.send(b"go", time_ns=self.signed(1))
            listener.expect_exit(OK)
            self.assertRegex(listener.stderr.text, r"(?m)^remaphore: ping from com\.crypto\.us\.foreign is \S+ late: "
                                                   r"it should have started 100ms after it was signed$")

    def test_a_peer_that_is_removed_meanwhile_runs_nothing(self):
        listener = self.listen(self.left, "--start-after", "3s", "echo")
        other = self.foreign("com.other")
        self.right.send(b"go")
        self.left.peers = [other.peer_line()]
        self.left.write()
        listener.stderr.wait_for("its key was removed from the config while it waited")
        self.assertEqual(listener.stdout.data, b"")

    def test_the_timeout_holds(self):
        listener = self.listen(self.left, "-o", "--start-after", "9000h", "-t", "500ms")
        self.right.send(b"go")
        listener.expect_exit(FAILURE)
        self.assertEqual(listener.stdout.data, b"")
        self.assertIn("remaphore: 1 received messages were not handled", listener.stderr.lines)

    def test_a_signal_holds(self):
        listener = self.listen(self.left, "-o", "--start-after", "9000h", "echo")
        self.right.send(b"go")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=5)
        self.assertEqual(listener.stdout.data, b"")

    def test_a_barrier_is_complete_that_long_after_the_last_signal(self):
        listener = self.listen(self.left, "--count", "1", "--start-after", "1s")
        stamp = self.signed(0)
        self.right.send(b"here", time_ns=stamp)
        listener.expect_exit(OK)
        self.assertGreaterEqual(time.time_ns() - stamp, 1_000_000_000)
