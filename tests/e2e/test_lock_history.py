"""The checker of lock histories: its verdict is worth something only because it can fail."""

import os
import subprocess
import tempfile
import unittest

from case import environment

from lock_history import Broken, judge, most_at_once, parse, write_script


def content(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def lines(*spans):
    """(fence, start, end) as a log would have them; end None: it never said so."""
    events = []
    for number, (fence, start, end) in enumerate(spans):
        who = chr(ord("a") + number)
        events.append((start, f"start {fence} {who} {100 + number} {start}"))
        if end is not None:
            events.append((end, f"end {fence} {who} {100 + number} {end}"))
    return "".join(line + "\n" for _, line in sorted(events))


class LockHistory(unittest.TestCase):
    def assert_broken(self, why, *spans, slots=1, gone=None, queue=None):
        with self.assertRaisesRegex(Broken, why):
            judge(parse(lines(*spans), gone), slots, queue)

    def assert_good(self, *spans, slots=1, gone=None, queue=None):
        judge(parse(lines(*spans), gone), slots, queue)

    def test_one_after_the_other_is_good(self):
        self.assert_good((1, 10, 20), (2, 20, 30), (5, 31, 40), queue="abc")

    def test_two_holders_at_once_are_a_fault(self):
        self.assert_broken("2 at once", (1, 10, 20), (2, 19, 30))

    def test_a_hold_inside_another_is_a_fault(self):
        self.assert_broken("2 at once", (1, 10, 100), (2, 19, 30))

    def test_a_run_without_an_end_goes_on(self):
        self.assert_broken("2 at once", (1, 10, None), (2, 1000, 1001))

    def test_a_killed_run_lasts_until_it_was_seen_gone(self):
        self.assert_good((1, 10, None), (2, 1000, 1001), gone={100: 500})
        self.assert_broken("2 at once", (1, 10, None), (2, 1000, 1001), gone={100: 1500})

    def test_the_next_run_may_report_that_it_was_gone(self):
        log = "start 1 a 100 10\ngone 1 a 100 900\nstart 2 b 101 901\ngone 1 a 100 902\nend 2 b 101 950\n"
        self.assertEqual([span.end for span in judge(parse(log), 1)], [900, 950])
        with self.assertRaisesRegex(Broken, "2 at once"):
            judge(parse("start 1 a 100 10\nstart 2 b 101 901\ngone 1 a 100 902\nend 2 b 101 950\n"), 1)

    def test_as_many_as_there_are_slots_are_good_and_one_more_is_not(self):
        three = [(1, 10, 100), (2, 20, 90), (3, 30, 80)]
        self.assert_good(*three, slots=3)
        self.assert_broken("3 at once, allowed are 2", *three, slots=2)
        self.assertEqual(most_at_once(parse(lines(*three)))[0], 3)

    def test_a_fence_that_does_not_rise_is_found(self):
        self.assert_broken("does not rise", (2, 10, 20), (1, 30, 40))
        self.assert_broken("does not rise", (2, 10, 20), (2, 30, 40))
        self.assert_broken("does not rise", (5, 10, 20), (4, 22, 32), (3, 30, 40), slots=2)

    def test_one_of_two_that_hold_may_be_slow_to_start(self):
        self.assert_good((5, 10, 20), (4, 12, 22), (3, 30, 40), slots=2)

    def test_slots_may_start_in_any_order_but_with_fences_of_their_own(self):
        self.assert_good((2, 10, 20), (1, 11, 21), slots=2)
        self.assert_broken("given twice", (2, 10, 20), (2, 11, 21), slots=2)

    def test_an_order_that_is_not_the_queues_is_found(self):
        self.assert_broken("out of order", (1, 10, 20), (2, 30, 40), queue="ba")
        self.assert_good((1, 10, 20), (2, 30, 40), queue="axb")

    def test_a_log_that_makes_no_sense_is_no_history(self):
        for text in ("end 1 a 100 5\n", "gone 1 a 100 5\n", "start 1 a 100 5\nstart 1 a 100 6\n",
                     "start 1 a 100 5\nend 1 a 100 6\nend 1 a 100 7\n"):
            with self.subTest(text=text), self.assertRaises(Broken):
                parse(text)

    def test_a_command_looks_which_of_those_before_it_are_gone(self):
        with tempfile.TemporaryDirectory() as folder:
            script, log = write_script(os.path.join(folder, "span")), os.path.join(folder, "log")
            subprocess.run([script, log, "x", "0"], check=True, env=environment(REMAPHORE_FENCE="1"))
            for kill in (False, True):
                with subprocess.Popen([script, log, "y", "-1"], env=environment(REMAPHORE_FENCE="2")) as endless:
                    while content(log).count(f"start 2 y {endless.pid} ") == 0:
                        self.assertIsNone(endless.poll())
                    if kill:
                        endless.kill()
                        endless.wait()
                    subprocess.run([script, log, "z", "0"], check=True, env=environment(REMAPHORE_FENCE="3"))
                    self.assertEqual(content(log).count(f"gone 2 y {endless.pid} "), int(kill))
                    endless.kill()

    def test_the_command_writes_the_log_that_is_read(self):
        with tempfile.TemporaryDirectory() as folder:
            script, log = write_script(os.path.join(folder, "span")), os.path.join(folder, "log")
            for fence in ("7", "9"):
                subprocess.run([script, log, "x", "0"], check=True, env=environment(REMAPHORE_FENCE=fence))
            with open(log) as file:
                spans = judge(parse(file.read()), 1)
            self.assertEqual([span.fence for span in spans], [7, 9])
