#!/usr/bin/python3 -B
"""Runs the end-to-end tests, a class at a time, in a few processes side by side.

    run.py [--build DIR] [--jobs N] [--list] [FILTER ...]

A FILTER is any part of a test's full name (module.Class.test). Exit 0 only if tests ran and all passed.
"""

import argparse
import faulthandler
import json
import os
import queue
import subprocess
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TEST_LIMIT = 120  # seconds that a single test may take before its worker is ended with a traceback


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


def select(filters):
    """Test names by class, the slow classes first; a module that does not load is an error."""
    chosen, slow = {}, set()
    for test in tests_in(unittest.defaultTestLoader.discover(HERE)):
        if isinstance(test, unittest.loader._FailedTest):
            sys.exit(f"{test._exception}")
        name = test.id()
        if not filters or any(part in name for part in filters):
            group = name.rpartition(".")[0]
            chosen.setdefault(group, []).append(name)
            if getattr(test, "slow", False):
                slow.add(group)
    return dict(sorted(chosen.items(), key=lambda item: (item[0] not in slow, -len(item[1]))))


class Reporter(unittest.TestResult):
    """One JSON line for each test."""

    def __init__(self, out):
        super().__init__()
        self.out = out

    def say(self, test, outcome, text=""):
        self.out.write(json.dumps({"test": test.id(), "outcome": outcome, "text": text,
                                   "seconds": time.monotonic() - getattr(self, "began", time.monotonic())}) + "\n")
        self.out.flush()

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        self.bad = False
        faulthandler.dump_traceback_later(TEST_LIMIT, exit=True)

    def stopTest(self, test):
        faulthandler.cancel_dump_traceback_later()
        super().stopTest(test)

    def addSuccess(self, test):
        self.say(test, "passed")

    def addFailure(self, test, error):
        self.say(test, "failed", self._exc_info_to_string(error, test))

    addError = addFailure

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.say(test, "failed", f"{subtest}\n" + self._exc_info_to_string(error, test))

    def addSkip(self, test, reason):
        self.say(test, "skipped", reason)

    def addUnexpectedSuccess(self, test):
        self.say(test, "failed", "expected to fail, but passed")


def work():
    """Runs the classes named on stdin, one line each, until it ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, HERE)
    for line in sys.stdin:
        names = json.loads(line)
        suite = unittest.defaultTestLoader.loadTestsFromNames(names)
        suite.run(Reporter(out))
        out.write(json.dumps({"done": True}) + "\n")
        out.flush()


class Run:
    def __init__(self, groups):
        self.todo = queue.Queue()
        for names in groups.values():
            self.todo.put(names)
        self.lock = threading.Lock()
        self.outcomes = {}
        self.seconds = {}

    def record(self, test, outcome, text, seconds=0.0):
        with self.lock:
            worse = "failed" in (outcome, self.outcomes.get(test))
            self.outcomes[test] = "failed" if worse else outcome
            self.seconds[test] = seconds
            if outcome == "failed":
                print(f"\nFAILED {test}\n{text.rstrip()}\n", flush=True)
            elif outcome == "skipped":
                print(f"skipped {test}: {text}", flush=True)

    def drive(self):
        worker = None
        while True:
            try:
                names = self.todo.get_nowait()
            except queue.Empty:
                break
            if worker is None:
                worker = subprocess.Popen([sys.executable, "-B", os.path.abspath(__file__), "--worker"],
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                          text=True)
                errors = []
                reader = threading.Thread(target=lambda pipe=worker.stderr, into=errors: into.extend(pipe), daemon=True)
                reader.start()
            worker.stdin.write(json.dumps(names) + "\n")
            worker.stdin.flush()
            seen = set()
            for line in worker.stdout:
                report = json.loads(line)
                if "done" in report:
                    break
                seen.add(report["test"])
                self.record(report["test"], report["outcome"], report["text"], report["seconds"])
            else:
                worker.wait()
                reader.join(5)
                missing = [name for name in names if name not in seen]
                for name in missing:
                    self.record(name, "failed", "the test process ended:\n" + "".join(errors[-60:]))
                worker = None
                continue
            for name in names:
                if name not in seen:
                    self.record(name, "failed", "the test gave no result")
        if worker:
            worker.stdin.close()
            worker.wait()

    def go(self, jobs):
        threads = [threading.Thread(target=self.drive) for _ in range(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def count(self, outcome):
        return sum(1 for seen in self.outcomes.values() if seen == outcome)


def main():
    if sys.argv[1:] == ["--worker"]:
        return work()
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--build", metavar="DIR", help="folder with the programs (or REMAPHORE_BUILD)")
    # Most of the time, tests wait for servers and timeouts.
    options.add_argument("--jobs", type=int, default=min(8, 3 * (os.cpu_count() or 1)), choices=range(1, 9))
    options.add_argument("--list", action="store_true", help="names only")
    options.add_argument("--durations", type=int, default=0, metavar="N", help="show the N slowest")
    options.add_argument("filters", nargs="*", metavar="FILTER")
    args = options.parse_args()
    if args.build:
        os.environ["REMAPHORE_BUILD"] = os.path.abspath(args.build)
    sys.path.insert(0, HERE)
    groups = select(args.filters)
    if args.list:
        print("\n".join(name for names in groups.values() for name in names))
        return 0
    import case
    if any(not group.startswith("test_support.") for group in groups) and not os.path.exists(case.REMAPHORE):
        sys.exit(f"no program to test: {case.REMAPHORE}")
    run = Run(groups)
    run.go(args.jobs)
    for name in sorted(run.seconds, key=run.seconds.get, reverse=True)[:args.durations]:
        print(f"{run.seconds[name]:7.2f} s  {name}")
    passed, failed, skipped = map(run.count, ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
