#!/usr/bin/python3 -B
"""What bench/run makes of its measurements: medians, ratios run by run, targets, comparison with another build."""

import contextlib
import os
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench/driver"), str(ROOT / "tests/support/python")]
sys.dont_write_bytecode = True

import against
import priority
from figures import Figures, Row
from totals import run_tests


class OfFigures(unittest.TestCase):
    def test_the_median_and_the_percentiles_lie_between_the_values(self):
        figures = Figures([4, 1, 3, 2])
        self.assertEqual((figures.median, figures.at(0), figures.at(1), figures.least), (2.5, 1, 4, 1))

    def test_nothing_measured_is_an_error(self):
        self.assertRaises(ValueError, Figures, [])

    def test_a_ratio_is_taken_run_by_run(self):
        self.assertEqual(Figures([2, 9]).over(Figures([1, 3])).values, [2, 3])


class OfRows(unittest.TestCase):
    def test_a_bound_is_an_upper_one_unless_it_says_otherwise(self):
        self.assertTrue(Row("memory", "MiB", Figures([3]), target=3).met)
        self.assertFalse(Row("memory", "MiB", Figures([3.1]), target=3).met)
        self.assertFalse(Row("rate", "", Figures([2.9]), target=3, at_least=True).met)
        self.assertIsNone(Row("rate", "", Figures([2.9])).met)

    def test_a_ratio_is_judged_in_the_place_of_the_figure(self):
        self.assertFalse(Row("time", "ms", Figures([1]), judged=Figures([2]), target=1.5).met)


class Against(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.build, self.other = (os.path.join(self.folder.name, name) for name in ("build", "other"))
        for one, text in ((self.build, "ours"), (self.other, "theirs")):
            os.mkdir(one)
            with open(os.path.join(one, "remaphore"), "w") as file:
                file.write(text)
        self.replace(against, "Rig", self.fake_rig)
        self.replace(priority, "ahead_of_others", lambda kind: contextlib.nullcontext())
        self.measured = []

    def replace(self, module, name, value):
        self.addCleanup(setattr, module, name, getattr(module, name))
        setattr(module, name, value)

    def fake_rig(self, build, quick, program):
        test = self

        class Rig:
            def __enter__(self):
                with open(program) as file:
                    test.measured.append(file.read())
                return test.measured[-1]

            def __exit__(self, *_):
                pass
        return Rig()

    def table(self, values, quick=True):
        """A table of one quantity, which takes these values: {"ours": [...], "theirs": [...]}, once a round."""
        left = {side: iter(of_side) for side, of_side in values.items()}
        def how(side):
            return ["a heading", Row("x", "ms", Figures([next(left[side])]))]
        return against.measure(self.build, quick, against.program_in(self.other), (how, priority.THROUGHPUT))

    def test_both_are_measured_in_turn(self):
        self.table({"ours": [1] * 10, "theirs": [1] * 10}, quick=False)
        self.assertEqual(self.measured, ["ours", "theirs"] * against.ROUNDS)

    def test_the_ratio_is_that_of_neighbouring_rounds(self):
        table = self.table({"ours": [1, 2, 30], "theirs": [2, 4, 30]})  # a drift affects both
        self.assertEqual(table.cells, [["x", "2 ms", "4 ms", "0.5 (0.5 – 0.9)", "3"]])

    def test_there_is_no_ratio_to_nothing(self):
        self.assertEqual(self.table({"ours": [1, 1, 1], "theirs": [0, 1, 1]}).cells[0][3], "")

    def test_the_other_is_a_program_or_the_folder_of_its_build(self):
        program = os.path.join(self.other, "remaphore")
        self.assertEqual([against.program_in(path) for path in (self.other, program)], [program, program])


if __name__ == "__main__":
    run_tests()
