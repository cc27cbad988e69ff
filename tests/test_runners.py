#!/usr/bin/python3 -B
"""What runs the tests: ./check with steps that only pretend, and what counts and orders in the runners."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/support/python")]

import run_ctest
from process import marked, wait_until
from totals import run_tests

MARK = "REMAPHORE_RUNNERS"  # the processes of a test have it in their environment

# Builds at once, but when begun ahead it blocks until it is ended; the end-to-end tests wait until it has begun.
NINJA = """\
echo "ninja $*" >>log
[ -e begun ] && exit 0
touch begun
echo >began
exec sleep 1000
"""
END_TO_END = "read -r line <began\n"


class Tree(unittest.TestCase):
    """A folder in the place of the repository."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="runners-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.environment = os.environ | {MARK: folder.name, "PATH": f"{self.root}/bin:{os.environ['PATH']}"}

    def program(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
        path.chmod(0o755)

    def copy(self, name):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, self.root / name)

    def start(self, *words):
        def hear_interrupts():  # whoever started us in the background of a shell ignores them
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        return subprocess.Popen([self.root / words[0], *words[1:]], cwd=self.root, env=self.environment, text=True,
                                encoding="utf-8", start_new_session=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=hear_interrupts)

    def expect_nothing_left(self):
        wait_until(lambda: not marked(MARK, self.environment[MARK]), "every process has ended")


class Check(Tree):
    RUNNERS = {"tools/lint": "4 passed, 0 failed", "tests/run_ctest.py": "10 passed, 0 failed, 2 skipped",
               "tests/e2e/run.py": "20 passed, 0 failed",
               "build/release-tests/vector_tests": "vectors: 300 rows of 6 files passed, 0 failures",
               "tests/test_man_pages.py": "5 passed, 0 failed", "tests/test_completions.py": "6 passed, 0 failed",
               "tests/test_runners.py": "7 passed, 0 failed", "tests/test_bench.py": "8 passed, 0 failed"}

    def setUp(self):
        super().setUp()
        self.copy("check")
        os.mkfifo(self.root / "began")
        self.program("tools/install-dependencies", "")
        self.program("tools/configure", 'echo "configure $*" >>log\n')
        self.program("bin/cmake", "")
        self.program("bin/ninja", NINJA)
        for name in self.RUNNERS:
            self.runner(name)

    def runner(self, name, last=None, status=0):
        self.program(name,
                     f"{END_TO_END if 'e2e' in name else ''}echo a line; echo '{last or self.RUNNERS[name]}'; "
                     f"exit {status}\n")

    def check(self):
        """The status and the last line of the output."""
        process = self.start("check")
        said, _ = process.communicate(timeout=60)
        self.expect_nothing_left()
        return process.returncode, said.splitlines()[-1]

    def log(self):
        return (self.root / "log").read_text(encoding="utf-8").splitlines()

    def test_adds_up_all_totals(self):
        self.assertEqual(self.check(), (0, "360 passed, 0 failed, 2 skipped"))

    def test_fails_if_one_of_them_has_a_failure(self):
        for name in self.RUNNERS:
            with self.subTest(name):
                self.setUp()
                self.runner(name, self.RUNNERS[name].replace(" 0 fail", " 3 fail"), 1)
                self.assertEqual(self.check(), (1, "360 passed, 3 failed, 2 skipped"))

    def test_counts_a_bad_end_as_a_failure(self):
        self.runner("tests/run_ctest.py", status=1)
        self.assertEqual(self.check(), (1, "360 passed, 1 failed, 2 skipped"))

    def test_counts_a_missing_total_as_a_failure(self):
        self.runner("tools/lint", "4 passed")
        self.assertEqual(self.check(), (1, "356 passed, 1 failed, 2 skipped"))

    def test_counts_a_runner_that_ran_nothing_as_a_failure(self):
        self.runner("tests/e2e/run.py", "0 passed, 0 failed")
        self.assertEqual(self.check(), (1, "340 passed, 1 failed, 2 skipped"))

    def test_ends_after_the_tests_what_was_begun_ahead_and_does_it_again(self):
        self.check()
        release = [line for line in self.log() if "release-tests" in line]
        self.assertEqual(len(release), 4, release)
        self.assertEqual(release[:2], release[2:])

    def test_fails_if_what_was_begun_ahead_cannot_be_done(self):
        self.program("bin/ninja", NINJA.replace("] && exit 0", "] && exit 1"))
        process = self.start("check")
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)

    def test_leaves_nothing_behind_when_interrupted(self):
        self.program("tests/e2e/run.py", END_TO_END + "echo waiting; exec sleep 1000\n")
        process = self.start("check")
        for line in process.stdout:
            if line == "waiting\n":
                break
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: what is begun ahead is not in this group
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.expect_nothing_left()


class Lint(Tree):
    def test_leaves_no_file_behind_when_ended(self):
        for name in ("tools/lint", ".clang-tidy"):
            self.copy(name)
        source, build = self.root / "src/one.cc", self.root / "build/lint"
        source.parent.mkdir()
        source.write_text("int one;\n", encoding="utf-8")
        entry = {"file": str(source), "directory": str(build), "command": f"g++ -o src/one.dir/one.o -c {source}"}
        os.mkfifo(self.root / "began")
        self.program("tools/configure", "mkdir -p build/lint\ncat >build/lint/compile_commands.json <<'END'\n"
                                        f"{json.dumps([entry])}\nEND\n")
        self.program("bin/clang-tidy-14", f"[ $1 = --version ] && exit\necho >{self.root}/began\nexec sleep 1000\n")
        process = self.start("tools/lint", "clang-tidy")
        with open(self.root / "began", encoding="utf-8") as began:
            began.read()
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.expect_nothing_left()
        self.assertEqual({path.name for path in build.iterdir()}, {"compile_commands.json", "clean"})

    def test_finds_lines_of_code_that_are_too_long(self):
        for name in ("tools/lint", ".editorconfig"):
            self.copy(name)
        for name, text in (("src/good.cc", "//" + " é" * 59), ("src/bad.cc", "//" + "x" * 119),
                           ("tests/bad.py", "#" + "x" * 120), ("tools/bad", "#!/bin/sh\n#" + "x" * 120),
                           ("tools/text", "x" * 121)):
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_text(text + "\n", encoding="utf-8")
        process = self.start("tools/lint", "columns")
        output = process.communicate(timeout=60)[0]
        self.assertEqual(output.splitlines(), ["src/bad.cc:1: 121 columns", "tests/bad.py:1: 121 columns",
                                               "tools/bad:2: 121 columns", "columns: not clean",
                                               "0 passed, 1 failed"])
        self.assertEqual(process.returncode, 1)

    def lint(self, tool):
        self.copy("tools/lint")
        process = self.start("tools/lint", tool)
        return process.communicate(timeout=60)[0].splitlines()[:-1]

    def test_finds_sources_and_functions_that_are_too_long(self):
        def function(lines):
            return "int f(int a,\n      int b) {\n" + "  a += '{' + \"}\"[0];  // }\n" * (lines - 3) + "}\n"
        table = "const int kTable[] = {\n" + "    1,\n" * 50 + "};\n"
        for name, text in (("src/good.cc", "namespace n {\n" + function(40) + table + "}\n"),
                           ("src/bad.cc", function(40) + "class A {\n  " + function(41).replace("\n", "\n  ") + "};\n"),
                           ("tests/bad.cc", function(42)), ("src/full.h", "\n" * 300), ("src/long.h", "\n" * 301),
                           ("src/long_test.cc", "\n" * 301)):
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_text(text, encoding="utf-8")
        self.assertEqual(self.lint("lengths"), ["src/bad.cc:42: a function of 41 lines", "src/long.h: 301 lines",
                                                "tests/bad.cc:1: a function of 42 lines", "lengths: not clean"])

    def test_finds_subjects_of_commits_that_are_not_imperative(self):
        good = ["1a io: extract Dialer", "2b app, core: " + "x" * 61, "3c functions.ld: order what runs now"]
        bad = ["4d extract Dialer", "5e io: Extract Dialer", "6f io: the dialer is a part", "7a io:extract"]
        long = "8b io: " + "x" * 69
        self.program("bin/git", "[ $1 = merge-base ] || cat <<'END'\n" + "\n".join([*good, *bad, long]) + "\nEND\n")
        self.assertEqual(self.lint("commits"), [*(f"{commit}: not a scope and an imperative" for commit in bad),
                                                f"{long}: 73 characters", "commits: not clean"])

    def test_checks_no_subjects_without_the_history(self):
        self.program("bin/git", "[ $1 = merge-base ] && exit 1\necho 1a no scope\n")
        self.assertEqual(self.lint("commits"), ["commits: clean"])


def case(**more):
    return {"status": "RUN", "result": "COMPLETED", **more}


class Ctest(unittest.TestCase):
    def count(self, status, cases):
        with tempfile.TemporaryDirectory(prefix="runners-") as folder:
            reports = pathlib.Path(folder)
            if cases is not None:
                (reports / "one.json").write_text(json.dumps({"testsuites": [{"testsuite": cases}]}), encoding="utf-8")
            counts = run_ctest.count_program("one", status, reports)
        return counts["passed"], counts["failed"], counts["skipped"]

    def test_each_case_counts(self):
        cases = [case(), case(failures=[{}]), case(result="SKIPPED"), case(status="NOTRUN", result="SUPPRESSED")]
        self.assertEqual(self.count("fail", cases), (1, 1, 2))

    def test_a_program_that_fails_without_a_failed_case_is_a_failure(self):
        self.assertEqual(self.count("fail", [case(), case()]), (2, 1, 0))

    def test_a_program_that_ran_no_case_is_a_failure(self):
        self.assertEqual(self.count("run", []), (0, 1, 0))

    def test_a_program_of_another_kind_counts_as_one(self):
        self.assertEqual([self.count(status, None) for status in ("run", "fail", "disabled")],
                         [(1, 0, 0), (0, 1, 0), (0, 0, 1)])


class EndToEnd(unittest.TestCase):
    def test_the_slow_classes_start_first(self):
        listed = subprocess.run([ROOT / "tests/e2e/run.py", "--list", "test_fleet_cluster"], capture_output=True,
                                text=True, encoding="utf-8", check=True).stdout.split()
        self.assertEqual({name.split(".")[1] for name in listed[:7]}, {"Running"})
        self.assertGreater(len(listed), 30)


if __name__ == "__main__":
    run_tests()
