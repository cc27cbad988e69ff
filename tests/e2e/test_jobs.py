"""--jobs N and --script-timeout DUR."""

import os
import signal

from case import OK, USAGE, GoRequester, let_time_pass, wait_until
from fault_case import FaultCase

import wire
from process import children_of, is_alive


class JobsCase(FaultCase):
    def gated(self):
        """A command that says `up PAYLOAD` and ends when its own pipe is written to, printing what came."""
        gates = self.path("gates")
        os.makedirs(gates, exist_ok=True)
        self.gates = gates
        return self.script(f'mkfifo "{gates}/$2"; echo "up $2"; read line < "{gates}/$2"; echo "$line $2"')

    def finish(self, payload, word="done"):
        self.release(os.path.join(self.gates, payload), word)


class Jobs(JobsCase):
    def test_no_more_than_the_given_number_run_at_a_time(self):
        listener = self.listen(self.left, "--jobs", "3", self.gated())
        for number in range(5):
            self.right.send(b"m%d" % number)
        listener.stdout.wait_for("up ", count=3)
        let_time_pass(0.2)
        self.assertEqual(sorted(listener.stdout.lines), ["up m0", "up m1", "up m2"])
        self.finish("m1")
        listener.stdout.wait_for("up m3\n")
        self.assertNotIn("up m4", listener.stdout)
        for name in ("m0", "m2", "m3"):
            self.finish(name)
        listener.stdout.wait_for("up m4\n")
        self.finish("m4")
        listener.stdout.wait_for("done ", count=5)

    def test_they_start_in_the_order_of_arrival(self):
        """Of three that are held, each newcomer is the next in line."""
        listener = self.listen(self.left, "--jobs", "3", self.gated())
        for number in range(9):
            self.right.send(b"m%d" % number)
        for number in range(9):
            listener.stdout.wait_for(f"up m{number}\n")
            later = [line for line in listener.stdout.lines if line.startswith("up m") and int(line[4:]) > number + 2]
            self.assertEqual(later, [])
            self.finish(f"m{number}")
        listener.stdout.wait_for("done ", count=9)

    def test_without_it_one_runs_at_a_time(self):
        listener = self.listen(self.left, self.gated())
        self.right.send(b"a")
        self.right.send(b"b")
        listener.stdout.wait_for("up a\n")
        let_time_pass(0.2)
        self.assertEqual(listener.stdout.lines, ["up a"])
        self.finish("a")
        listener.stdout.wait_for("done a\nup b\n")
        self.finish("b")

    def test_requests_are_answered_as_their_commands_end(self):
        askers = {name: self.foreign(f"com.asker.{name}", kind=GoRequester) for name in ("slow", "fast")}
        self.listen(self.left, "--jobs", "2", self.gated())
        for name, asker in askers.items():
            asker.request(name.encode())
            wait_until(lambda: os.path.exists(os.path.join(self.gates, name)), f"{name} runs")
        for name in ("fast", "slow"):
            self.finish(name)
            self.assertEqual(askers[name].next().payload, f"0,up {name}\ndone {name}\n".encode())

    def test_outputs_of_several_are_not_mixed_in_replies(self):
        askers = [self.foreign(f"com.asker{number}", kind=GoRequester) for number in range(8)]
        self.listen(self.left, "--jobs", "4", "/bin/sh", "-c", 'for i in 1 2 3 4 5 6 7 8 9; do echo "$2"; done', "sh")
        for number, asker in enumerate(askers):
            asker.request(b"%d" % number)
        for number, asker in enumerate(askers):
            self.assertEqual(asker.next().payload, b"0," + b"%d\n" % number * 9)

    def test_all_that_run_are_ended_by_a_signal(self):
        listener = self.listen(self.left, "--jobs", "3", self.gated())
        for number in range(3):
            self.right.send(b"m%d" % number)
        listener.stdout.wait_for("up ", count=3)
        running = children_of(listener.pid)
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=8)
        self.assertFalse([pid for pid in running if is_alive(pid)])
        self.assertEqual(listener.stderr.text.count("exit status 143"), 3)

    def test_once_runs_one_all_the_same(self):
        listener = self.listen(self.left, "--jobs", "8", "-o", "/bin/sh", "-c", 'echo "$2"', "sh")
        for number in range(5):
            self.right.client.publish(self.right.subject(), wire.build(self.right.identity, b"%d" % number))
        self.right.client.flush()
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"0\n")

    def test_every_message_is_run_once_with_many_at_a_time(self):
        listener = self.listen(self.left, "-q", "--jobs", "8", "/bin/sh", "-c", 'echo "$2"', "sh")
        before = self.steady(listener)
        for number in range(150):
            self.right.client.publish(self.right.subject(), wire.build(self.right.identity, b"%d" % number))
        self.right.client.flush()
        listener.stdout.wait_lines(150)
        self.assertEqual(sorted(map(int, listener.stdout.data.split())), list(range(150)))
        self.assert_steady(listener, before)

    def test_a_number_that_is_none_is_a_usage_error(self):
        for number in ("0", "-1", "many", "1.5", "99999999999999999999"):
            with self.subTest(number=number):
                self.assert_refused(self.remaphore(self.left, "--jobs", number, "-t", "5s", "/bin/true"), USAGE, "jobs")


class ScriptTimeout(JobsCase):
    def test_a_command_is_ended_and_the_next_one_runs(self):
        listener = self.listen(self.left, "--script-timeout", "300ms", self.gated())
        self.right.send(b"stuck")
        listener.stdout.wait_for("up stuck\n")
        self.right.send(b"next")
        listener.stdout.wait_for("up next\n")
        self.finish("next")
        listener.stdout.wait_for("done next\n")
        self.assertIn("exit status 124", listener.stderr)

    def test_the_reply_has_124_and_the_output_so_far(self):
        asker = self.foreign("com.asker", kind=GoRequester)
        self.listen(self.left, "--script-timeout", "300ms", self.gated())
        asker.request(b"stuck")
        self.assertEqual(asker.next().payload, b"124,up stuck\n")

    def test_the_output_of_a_clean_up_in_time_still_counts(self):
        asker = self.foreign("com.asker", kind=GoRequester)
        gate = self.fifo("gate")
        self.listen(self.left, "--script-timeout", "300ms", "/bin/sh", "-c",
                    f"trap 'echo cleaned; exit 5' TERM; exec 3<> {gate}; while :; do read line <&3; done")
        asker.request(b"x")
        self.assertEqual(asker.next().payload, b"124,cleaned\n")

    def test_one_that_ignores_term_is_killed_with_its_whole_group(self):
        asker = self.foreign("com.asker", kind=GoRequester)
        gate = self.fifo("gate")
        listener = self.listen(self.left, "--script-timeout", "200ms", "/bin/sh", "-c",
                               f"trap '' TERM; (read line < {gate}) & echo $! $$; read line < {gate}; wait")
        asker.request(b"x")
        status, said = asker.next().payload.split(b",", 1)
        self.assertEqual(status, b"124")
        for pid in map(int, said.split()):
            wait_until(lambda: not is_alive(pid), f"{pid} of the group is gone", within=5)
        self.assertIsNone(listener.returncode)

    def test_one_that_ends_in_time_is_left_alone(self):
        asker = self.foreign("com.asker", kind=GoRequester)
        self.listen(self.left, "--script-timeout", "30s", "/bin/sh", "-c", "exit 7")
        asker.request(b"x")
        self.assertEqual(asker.next().payload, b"7,")

    def test_each_of_several_has_a_time_of_its_own(self):
        listener = self.listen(self.left, "--jobs", "2", "--script-timeout", "900ms", self.gated())
        self.right.send(b"stuck")
        listener.stdout.wait_for("up stuck\n")
        for number in range(4):
            self.right.send(b"m%d" % number)
            listener.stdout.wait_for(f"up m{number}\n")
            self.finish(f"m{number}")
            listener.stdout.wait_for(f"done m{number}\n")
        listener.stderr.wait_for("exit status 124")
        self.assertEqual(listener.stderr.text.count("exit status 0"), 4)

    def test_zero_is_no_bound(self):
        listener = self.listen(self.left, "--script-timeout", "0", self.gated())
        self.right.send(b"a")
        listener.stdout.wait_for("up a\n")
        let_time_pass(0.2)
        self.finish("a")
        listener.stdout.wait_for("done a\n")

    def test_a_duration_that_is_none_is_a_usage_error(self):
        for duration in ("5", "-1s", "soon"):
            with self.subTest(duration=duration):
                self.assert_refused(self.remaphore(self.left, "--script-timeout", duration, "-t", "5s", "/bin/true"),
                                    USAGE)
