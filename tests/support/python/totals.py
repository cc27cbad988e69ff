"""The end of a test file that is a program: its tests run, and the last line is the total that check adds up."""

import sys
import unittest


def run_tests():
    """Those of the program itself. Exits: 0 only if some passed and none failed."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(suite)
    failed, skipped = len({case for case, _ in result.failures + result.errors}), len(result.skipped)
    passed = result.testsRun - failed - skipped
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    sys.exit(0 if result.wasSuccessful() and passed else 1)
