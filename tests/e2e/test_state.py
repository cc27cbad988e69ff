"""--state DIR: no message runs a second time, not even after a restart of the listener."""

import os
import signal

from case import USAGE, let_time_pass, mode_of, wait_until
from fault_case import FaultCase

import wire
from process import children_of

RECORD = 80  # bytes


class StateCase(FaultCase):
    def setUp(self):
        super().setUp()
        self.left.settings["allow_skew"] = "5m"
        self.dir = self.path("state")

    def guard(self):
        return os.path.join(self.dir, "guard")

    def begin(self, *words, dir=None):
        return self.listen(self.left, "--verbose", "--state", dir or self.dir, *words)

    def end(self, listener, number=signal.SIGTERM):
        listener.signal(number)
        return listener.expect_exit(-number)

    def hear(self, listener, payload):
        """A new message; all earlier ones have been judged once it has come."""
        raw = self.right.send(payload)
        listener.stdout.wait_for(payload + b"\n")
        return raw

    def assert_not_heard(self, listener, *raws):
        before = listener.stdout.data
        for raw in raws:
            self.right.publish(raw)
        marker = b"after " + os.urandom(4).hex().encode()
        self.hear(listener, marker)
        self.assertEqual(listener.stdout.data, before + marker + b"\n", "a copy was taken for new")


class Restarts(StateCase):
    def test_a_copy_is_refused_after_a_restart(self):
        first = self.begin()
        raws = [self.hear(first, b"one"), self.hear(first, b"two")]
        self.end(first)
        self.assert_not_heard(self.begin(), *raws)

    def test_without_it_a_copy_is_taken_for_new_after_a_restart(self):
        """Otherwise the other tests of this class would prove nothing."""
        first = self.listen(self.left)
        raw = self.hear(first, b"one")
        self.end(first)
        second = self.listen(self.left)
        self.right.publish(raw)
        second.stdout.wait_for("one\n")

    def test_a_copy_is_refused_after_a_kill(self):
        first = self.begin()
        raw = self.hear(first, b"one")
        self.end(first, signal.SIGKILL)
        self.assert_not_heard(self.begin(), raw)

    def test_a_copy_is_refused_after_many_restarts(self):
        raws = []
        for number in range(4):
            listener = self.begin()
            raws.append(self.hear(listener, b"message %d" % number))
            self.assert_not_heard(listener, *raws)
            self.end(listener, (signal.SIGTERM, signal.SIGKILL)[number % 2])

    def test_a_copy_of_a_request_is_not_answered_after_a_restart(self):
        self.right.subscribe("*")
        first = self.begin()
        raw = wire.build(self.right.identity, b"question", flag="Q")
        self.right.publish(raw)
        first.stdout.wait_for("question\n")
        self.end(first)
        answers = [one for one in self.right.client.pending() if not one.subject.endswith(".all")]
        self.assertEqual(len(answers), 1)
        second = self.begin()
        self.assert_not_heard(second, raw)
        self.end(second)
        self.assertEqual([one for one in self.right.client.pending() if not one.subject.endswith(".all")], [])

    def test_a_copy_is_refused_when_the_skew_was_made_longer_meanwhile(self):
        """What had expired under the old window must not come to life under the new one."""
        self.left.settings["allow_skew"] = "200ms"
        first = self.begin()
        raw = self.hear(first, b"one")
        self.end(first)
        let_time_pass(0.6)
        self.left.settings["allow_skew"] = "5m"
        second = self.begin()
        self.right.publish(raw)
        self.hear(second, b"new")
        self.assertNotIn(b"one\n", second.stdout.data)

    def test_new_messages_are_accepted_after_a_restart_when_all_old_ones_have_expired(self):
        self.left.settings["allow_skew"] = "1s"
        first = self.begin()
        self.hear(first, b"one")
        self.end(first)
        let_time_pass(1.1)
        self.hear(self.begin(), b"two")

    def test_the_files_are_for_the_owner_alone(self):
        listener = self.begin()
        self.hear(listener, b"one")
        self.assertEqual(mode_of(self.dir), 0o700)
        self.assertEqual({mode_of(os.path.join(self.dir, name)) for name in os.listdir(self.dir)}, {0o600})

    def test_an_existing_folder_is_used(self):
        os.mkdir(self.dir)
        first = self.begin()
        raw = self.hear(first, b"one")
        self.end(first)
        self.assert_not_heard(self.begin(), raw)

    def test_messages_of_a_peer_that_was_struck_out_do_no_harm(self):
        other = self.foreign("com.other")
        first = self.begin()
        other.send(b"other")
        first.stdout.wait_for("other\n")
        raw = self.hear(first, b"one")
        self.end(first)
        self.left.peers = [self.right.peer_line()]
        self.assert_not_heard(self.begin(), raw)


class AtMostOnce(StateCase):
    """A message is recorded before its command starts: a crash may lose it, never repeat it."""

    def test_a_kill_while_the_command_runs_does_not_run_it_again(self):
        ran, gate = self.path("ran"), self.fifo("gate")
        script = self.script(f'echo "$2" >> {ran}; [ "$2" != first ] || read line < {gate}')
        first = self.begin(script)
        raw = self.right.send(b"first")
        wait_until(lambda: os.path.exists(ran) and open(ran).read() == "first\n", "the command runs")
        orphan, = children_of(first.pid)
        self.end(first, signal.SIGKILL)
        os.kill(orphan, signal.SIGKILL)
        second = self.begin(script)
        self.right.publish(raw)
        self.right.send(b"second")
        second.stderr.wait_for("exit status 0")
        self.assertEqual(open(ran).read(), "first\nsecond\n")

    def test_messages_that_waited_for_a_command_do_not_run_after_a_kill(self):
        ran, gate = self.path("ran"), self.fifo("gate")
        script = self.script(f'echo "$2" >> {ran}; [ "$2" != first ] || read line < {gate}')
        first = self.begin(script)
        raws = [self.right.send(b"first")] + [self.right.send(b"waiting %d" % n) for n in range(20)]
        wait_until(lambda: os.path.exists(self.guard()) and os.path.getsize(self.guard()) >= 21 * RECORD,
                   "all of them are recorded")
        wait_until(lambda: os.path.exists(ran) and open(ran).read() == "first\n", "the command runs")
        orphan, = children_of(first.pid)
        self.end(first, signal.SIGKILL)
        os.kill(orphan, signal.SIGKILL)
        second = self.begin(script)
        for raw in raws:
            self.right.publish(raw)
        self.right.send(b"new")
        second.stderr.wait_for("exit status 0")
        self.assertEqual(open(ran).read(), "first\nnew\n")

    def test_the_message_is_recorded_when_its_command_starts(self):
        """The command finds its own message in the file."""
        script = self.script(f'stat -c "size %s" {self.guard()}')
        listener = self.begin(script)
        before = os.path.getsize(self.guard())
        self.right.send(b"first")
        listener.stdout.wait_for(f"size {before + RECORD}\n")


class Damage(StateCase):
    def recorded(self):
        listener = self.begin()
        raws = [self.hear(listener, b"message %d" % n) for n in range(3)]
        self.end(listener)
        return raws

    def test_a_torn_end_is_dropped_and_the_rest_is_kept(self):
        raws = self.recorded()
        whole = os.path.getsize(self.guard())
        for cut in (1, 40, 79):
            with self.subTest(cut=cut):
                with open(self.guard(), "ab") as file:
                    file.write(os.urandom(RECORD - cut))
                listener = self.begin()
                self.assert_not_heard(listener, *raws)
                self.end(listener)
        self.assertEqual((os.path.getsize(self.guard()) - whole) % RECORD, 0)

    def test_records_after_a_torn_end_are_kept_too(self):
        raws = self.recorded()
        os.truncate(self.guard(), os.path.getsize(self.guard()) - 33)
        listener = self.begin()
        self.assert_not_heard(listener, *raws[:-1])
        raws[-1] = self.hear(listener, b"another")
        self.end(listener, signal.SIGKILL)
        self.assert_not_heard(self.begin(), *raws)

    def test_a_damaged_record_costs_no_other(self):
        raws = self.recorded()
        size = os.path.getsize(self.guard())
        with open(self.guard(), "r+b") as file:
            file.seek(size - 3 * RECORD + 7)
            file.write(b"\xff\xff")
        self.assert_not_heard(self.begin(), *raws[1:])

    def test_a_damaged_record_is_reported_and_its_message_does_not_run_again(self):
        raws = self.recorded()
        size = os.path.getsize(self.guard())
        for at in (size - 3 * RECORD + 7, size - RECORD + 35):
            with open(self.guard(), "r+b") as file:
                file.seek(at)
                file.write(b"\xff\xff")
        listener = self.begin()
        self.assert_error_line(listener, self.guard(), "2 damaged records", "are refused")
        self.assert_not_heard(listener, *raws)
        self.end(listener)
        self.assert_not_heard(self.begin(), *raws)

    def test_garbage_is_no_reason_not_to_start(self):
        os.mkdir(self.dir)
        for content in (b"", b"\n", b"\0" * 4096, os.urandom(100_000), b"\xff" * RECORD):
            with self.subTest(content=content[:8]):
                with open(self.guard(), "wb") as file:
                    file.write(content)
                listener = self.begin()
                self.hear(listener, b"heard " + os.urandom(4).hex().encode())
                self.end(listener)

    def test_an_unfinished_rewrite_is_ignored(self):
        raws = self.recorded()
        with open(self.guard() + ".new", "wb") as file:
            file.write(os.urandom(RECORD + 11))
        self.assert_not_heard(self.begin(), *raws)

    def test_the_file_does_not_grow_without_end(self):
        """What has expired is dropped at the latest with the next start."""
        self.left.settings["allow_skew"] = "1s"
        listener = self.begin()
        for number in range(200):
            self.right.client.publish(self.right.subject(), wire.build(self.right.identity, b"%d" % number))
        self.right.client.flush()
        listener.stdout.wait_lines(200)
        self.end(listener)
        self.assertGreaterEqual(os.path.getsize(self.guard()), 200 * RECORD)
        let_time_pass(1.1)
        self.end(self.begin())
        self.assertLess(os.path.getsize(self.guard()), 4 * RECORD)


class InUse(StateCase):
    def test_a_second_listener_is_a_usage_error(self):
        listener = self.begin()
        self.assert_refused(self.remaphore(self.left, "--state", self.dir, "-t", "5s"), USAGE, self.dir, "in use")
        self.hear(listener, b"still heard")

    def test_it_is_free_again_after_the_end(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.end(self.begin(), number)
        self.begin()

    def test_it_is_free_again_while_an_orphaned_command_lives_on(self):
        """The lock is not passed on to commands."""
        gate = self.fifo("gate")
        first = self.begin("/bin/sh", "-c", f"read line < {gate}")
        self.right.send(b"one")
        orphan, = wait_until(lambda: children_of(first.pid), "the command runs")
        self.end(first, signal.SIGKILL)
        self.begin()
        os.kill(orphan, signal.SIGKILL)

    def test_two_listeners_with_folders_of_their_own_both_receive(self):
        first, second = self.begin(dir=self.path("a")), self.begin(dir=self.path("b"))
        self.right.send(b"both")
        for listener in (first, second):
            listener.stdout.wait_for("both\n")

    def test_a_folder_that_another_user_made_first_is_a_usage_error(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a folder to another user")
        theirs = self.path("theirs")
        os.mkdir(theirs, 0o777)
        for name in ("guard", "guard.new", "lock"):
            os.symlink(self.path("precious"), os.path.join(theirs, name))
        os.chown(theirs, 65534, 65534)
        for dir in (theirs, os.path.join(theirs, "state")):
            self.assert_refused(self.remaphore(self.left, "--state", dir, "-t", "5s"), USAGE, theirs,
                                "belongs to another user")
        self.assertFalse(os.path.exists(self.path("precious")))

    def test_a_folder_that_others_may_write_is_a_usage_error(self):
        os.mkdir(self.dir)
        os.chmod(self.dir, 0o770)
        self.assert_refused(self.remaphore(self.left, "--state", self.dir, "-t", "5s"), USAGE, self.dir, "chmod go-w")

    def test_a_folder_that_cannot_be_is_a_usage_error(self):
        for path in ("/dev/null", "/proc/nothing", self.path("no/such/parent"), self.file("plain", "x")):
            with self.subTest(path=path):
                self.assert_refused(self.remaphore(self.left, "--state", path, "-t", "5s"), USAGE, path)


class FullDisk(StateCase):
    def setUp(self):
        super().setUp()
        self.disk = self.tmpfs(256 << 10)
        self.dir = os.path.join(self.disk, "state")
        self.ran = self.path("ran")
        self.listener = self.begin(self.script(f'echo "$2" >> {self.ran}'))
        self.right.send(b"first")
        self.listener.stderr.wait_for("exit status 0")

    def fill_up(self):
        """The blocks that the file has already may still take some records."""
        ballast = self.fill(self.disk)
        sent = []
        while "not acted on" not in self.listener.stderr:
            self.assertLess(len(sent), 200, "4 KiB take more than 200 records of 80 bytes")
            sent.append(b"message %d" % len(sent))
            said = len(self.listener.stderr.data)
            self.right.send(sent[-1])
            self.listener.stderr.wait(lambda data: len(data) > said, "what became of the message")
        return ballast, sent

    def test_a_message_that_cannot_be_recorded_is_refused_loudly_and_not_run(self):
        _, sent = self.fill_up()
        self.assert_error_line(self.listener, self.dir, "No space left on device", "not acted on")
        self.assertEqual(open(self.ran, "rb").read().split(b"\n")[1:-1], sent[:-1])

    def test_once_there_is_room_again_messages_run(self):
        ballast, sent = self.fill_up()
        os.unlink(ballast)
        self.right.send(b"roomy")
        wait_until(lambda: open(self.ran).read().endswith("roomy\n"), "the message after it")

    def test_refused_messages_make_the_end_a_failure(self):
        self.fill_up()
        self.listener.signal(signal.SIGTERM)
        self.listener.expect_exit(-signal.SIGTERM)
        self.assert_error_line(self.listener, "valid messages refused at a limit or not recorded: 1")

    def test_a_restart_on_the_full_disk_still_knows_the_old_messages(self):
        raw = self.right.send(b"again")
        wait_until(lambda: open(self.ran).read().endswith("again\n"), "the message ran")
        self.fill(self.disk)
        self.end(self.listener)
        again = self.begin("/bin/echo")
        self.right.publish(raw)
        self.right.publish(wire.build(wire.Identity(), b"stranger"))
        again.stderr.wait_for("ignored a message", count=2)
        self.assertEqual(again.stdout.data, b"")
        self.assertEqual(open(self.ran).read(), "first\nagain\n")
