"""Every cell of the fault matrix, many times: a cell is an end-to-end test of one fault."""

import faulthandler
import json
import os
import queue
import subprocess
import sys
import threading
import unittest

import process

HERE = os.path.dirname(os.path.abspath(__file__))
E2E = os.path.join(os.path.dirname(HERE), "e2e")
RUN_LIMIT = 120  # seconds that one run of a cell may take before its worker is ended

# Modules, classes or tests.
SERVERS = ("test_server_faults", "test_connecting.SeveralServers", "test_connecting.SilentServer",
           "test_connecting.Listeners",
           "test_connecting.Misbehaviour", "test_connecting.Credentials", "test_send.LostLink", "test_send.Limits",
           "test_send.Timeout", "test_request.Asking.test_a_server_that_is_not_there_is_exit_3",
           "test_request.Asking.test_a_user_that_may_not_subscribe_gets_an_error",
           "test_request.LostLink", "test_slow_link",
           "test_receive.Subscribing.test_a_refused_subscription_is_exit_3")
NODE = ("test_node_faults", "test_release_faults", "test_signals_and_deadlines", "test_output.FullDevice",
        "test_output.ClosedPipe", "test_unread_output", "test_scripts.NotRun", "test_scripts.BeingStopped",
        "test_state.Damage", "test_state.FullDisk", "test_state.AtMostOnce", "test_state.InUse", "test_audit.TheFile",
        "test_jobs.ScriptTimeout")
ADDRESSES = ("test_addresses", "test_connecting.Announced", "test_connecting.WrongPorts", "test_tls.Rotation")
LOCKS = ("test_locks_under_faults", "test_locks.Losing", "test_locks.Barred")
GROUPS = {"Servers": SERVERS, "Address fail-over": ADDRESSES, "Node": NODE, "Locks": LOCKS}

COLUMNS = ("lost", "wrong exit", "late", "left over", "other")
KINDS = ((process.Lost, "lost"), (process.WrongExit, "wrong exit"), (process.Late, "late"),
         (process.LeftOver, "left over"), (TimeoutError, "lost"))


def load():
    """Test names by group. What cannot be loaded is an error."""
    for folder in (HERE, E2E):
        sys.path.insert(0, folder)
    return {group: [test.id() for part in parts for test in flatten(unittest.defaultTestLoader.loadTestsFromName(part))]
            for group, parts in GROUPS.items()}


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        elif isinstance(item, unittest.loader._FailedTest):
            raise SystemExit(str(item._exception))
        else:
            yield item


class Tally(unittest.TestResult):
    """How often each kind of failure was seen, each run counted once; the first of each kind in words."""

    def __init__(self):
        super().__init__()
        self.counts = dict.fromkeys(COLUMNS, 0)
        self.words = {}
        self.bad = 0
        self.skips = 0

    def startTest(self, test):
        super().startTest(test)
        self.seen = set()
        faulthandler.dump_traceback_later(RUN_LIMIT, exit=True)

    def stopTest(self, test):
        faulthandler.cancel_dump_traceback_later()
        super().stopTest(test)
        for kind in self.seen:
            self.counts[kind] += 1
        self.bad += bool(self.seen)

    def note(self, test, error):
        kind = next((name for cls, name in KINDS if issubclass(error[0], cls)), "other")
        self.seen.add(kind)
        self.words.setdefault(kind, self._exc_info_to_string(error, test))

    def addError(self, test, error):
        if not hasattr(self, "seen"):  # in the setting up of the class
            self.seen = set()
        self.note(test, error)

    addFailure = addError

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.note(test, error)

    def addSkip(self, test, reason):
        self.skips += 1
        self.words["skipped"] = reason


def work():
    """Runs the cells named on stdin, a line of [name, runs] each."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    load()
    for line in sys.stdin:
        name, runs = json.loads(line)
        tally = Tally()
        suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromName(name) for _ in range(runs))
        suite.run(tally)
        out.write(json.dumps({"cell": name, "runs": tally.testsRun - tally.skips, "skips": tally.skips,
                              "counts": tally.counts, "words": tally.words}) + "\n")
        out.flush()


class Matrix:
    def __init__(self, filters, runs, jobs):
        self.cells = {group: [name for name in names if not filters or any(part in name for part in filters)]
                      for group, names in load().items()}
        self.runs, self.jobs = runs, jobs
        self.results = {}
        self.todo = queue.Queue()
        for names in self.cells.values():
            for name in names:
                self.todo.put(name)
        self.count = self.todo.qsize()

    def drive(self):
        worker = None
        while True:
            try:
                name = self.todo.get_nowait()
            except queue.Empty:
                break
            if worker is None:
                worker = subprocess.Popen([sys.executable, "-B", sys.argv[0], "--worker"], stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            worker.stdin.write(json.dumps([name, self.runs]) + "\n")
            worker.stdin.flush()
            line = worker.stdout.readline()
            if not line:
                worker.wait()
                worker = None
                counts = dict.fromkeys(COLUMNS, 0) | {"late": 1}
                line = json.dumps({"cell": name, "runs": 1, "skips": 0, "counts": counts,
                                   "words": {"late": f"a run did not end within {RUN_LIMIT} s"}})
            self.results[name] = json.loads(line)
            if sys.stderr.isatty():
                print(f"\r{len(self.results)}/{self.count} cells ", end="", file=sys.stderr, flush=True)
        if worker:
            worker.stdin.close()
            worker.wait()

    def go(self):
        threads = [threading.Thread(target=self.drive) for _ in range(self.jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr)

    def show(self):
        """The table, then what went wrong in words. True if all is well."""
        width = max((len(self.title(name)) for names in self.cells.values() for name in names), default=4)
        total = dict.fromkeys(("runs", *COLUMNS), 0)
        for group, names in self.cells.items():
            if names:
                self.row(group, ("runs", *COLUMNS), width)
            for name in names:
                result = self.results[name]
                row = {"runs": result["runs"]} | result["counts"]
                self.row(self.title(name), row.values() if not result["skips"] else ["skipped", *["-"] * 5], width)
                for column, value in row.items():
                    total[column] += value
        self.row("total", total.values(), width)
        for name, result in self.results.items():
            for kind, words in result["words"].items():
                print(f"\n{name}: {kind}\n{words.rstrip()}")
        return total["runs"] > 0 and not any(total[column] for column in COLUMNS)

    @staticmethod
    def title(name):
        module, group, test = name.split(".")
        return f"  {group}: {test.removeprefix('test_').replace('_', ' ')}"

    @staticmethod
    def row(title, values, width):
        print(title.ljust(width) + "".join(str(value).rjust(11) for value in values))
