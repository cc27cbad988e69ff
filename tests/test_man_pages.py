#!/usr/bin/python3 -B
"""Compares the man pages with the programs, in both directions: options, commands, config keys. Also doc/security.md,
doc/conformance.md and tools/faults with the tests that they name, and ARCHITECTURE.md with the existing files and
packages.

Needs the built programs: REMAPHORE_BUILD, default build/dev.
"""

import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/support/python"))
sys.dont_write_bytecode = True

from totals import run_tests

BUILD = ROOT / os.environ.get("REMAPHORE_BUILD", "build/dev")
DOC = ROOT / "doc"


def output_of(program, *arguments):
    done = subprocess.run([BUILD / program, *arguments], capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


def section(page, name):
    """The source lines of one section of a page."""
    found = re.search(rf"^# {name}\n(.*?)(?=^# |\Z)", (DOC / page).read_text(encoding="utf-8"), re.M | re.S)
    if not found:
        raise AssertionError(f"{page} has no section {name}")
    return found.group(1).split("\n")


def plain(line):
    """The line without scdoc's marks for bold and underlined."""
    return re.sub(r"\\(.)|[*_]", lambda mark: mark.group(1) or "", line)


def option_of(text):
    """'-c, --config FILE' -> ('c', 'config', 'FILE'); what is not there is ''."""
    found = re.fullmatch(r"(?:-(\w), )?--([\w-]+)(?: ([A-Z:/]+))?", text.strip())
    if not found:
        raise AssertionError(f"no option: {text!r}")
    return tuple(part or "" for part in found.groups())


class Options(unittest.TestCase):
    maxDiff = None

    def test_of_remaphore(self):
        told = [option_of(re.split(r" {2,}", line.strip())[0])
                for line in output_of("remaphore", "--help").split("\n") if re.match(r" +-", line)]
        written = [option_of(plain(line)) for line in section("remaphore.1.scd", "OPTIONS") if line.startswith("*-")]
        self.assertGreater(len(told), 10)
        self.assertEqual(sorted(written), sorted(told))

    def test_of_remaphore_are_in_the_order_of_help(self):
        told = re.findall(r"^ +(?:-\w, )?--([\w-]+)", output_of("remaphore", "--help"), re.M)
        written = re.findall(r"^\*-.*\*--([\w-]+)\*|^\*--([\w-]+)\*", "\n".join(section("remaphore.1.scd", "OPTIONS")),
                             re.M)
        self.assertEqual([a or b for a, b in written], told)


    def test_of_remaphore_that_refuse_an_empty_value_are_those_that_it_names(self):
        page = " ".join(section("remaphore.1.scd", "OPTIONS"))
        named = re.search(r"accident: for (.*?), an empty value, or a second, different value, is", page).group(1)
        told = re.findall(r"^ +(?:(-\w), )?(--[\w-]+) [A-Z]", output_of("remaphore", "--help"), re.M)
        refusing = [short or name for short, name in told
                    if b"has an empty value" in subprocess.run([BUILD / "remaphore", "--help", f"{name}="],
                                                               capture_output=True).stderr]
        self.assertGreater(len(refusing), 5)
        self.assertEqual(re.findall(r"\*(-[\w-]+)\*", named), refusing)


    def test_of_remaphore_have_the_bounds_of_help(self):
        bounds = re.findall(r"^ +(?:-\w, )?(--[\w-]+) .*\((\S+ to \S+)\)$", output_of("remaphore", "--help"), re.M)
        self.assertGreater(len(bounds), 2)
        page = "\n".join(section("remaphore.1.scd", "OPTIONS"))
        for name, told in bounds:
            self.assertIn(told, re.search(rf"^.*\*{name}\*.*\n((?:\t.*\n|\n)*)", page, re.M).group(1), name)


class Modes(unittest.TestCase):
    def test_are_the_same(self):
        told = re.findall(r"^(?:usage:)? +(remaphore.*\S) {2,}\S", output_of("remaphore", "--help"), re.M)
        written = [plain(line) for line in section("remaphore.1.scd", "SYNOPSIS") if line]
        self.assertEqual(written, [re.sub(r" +", " ", line) for line in told])


class Commands(unittest.TestCase):
    """The commands of remaphore-fleet; an option belongs to the command above it."""

    maxDiff = None

    @staticmethod
    def told():
        commands = {}
        for line in output_of("remaphore-fleet", "--help").split("\n"):
            if re.match(r"  [a-z]", line):
                usage = re.split(r" {2,}", line.strip())[0]
                commands[usage] = set()
            elif re.match(r"      -", line):
                commands[usage].add(option_of(re.split(r" {2,}", line.strip())[0]))
        return commands

    @staticmethod
    def written():
        commands = {}
        for line in section("remaphore-fleet.1.scd", "COMMANDS"):
            if re.match(r"\*[a-z]", line):
                usage = plain(line)
                commands[usage] = set()
            elif line.startswith("\t*-"):
                commands[usage].add(option_of(plain(line)))
        return commands

    def test_are_the_same(self):
        told = self.told()
        self.assertGreater(len(told), 5)
        self.assertEqual(self.written(), told)


class ConfigKeys(unittest.TestCase):
    def test_are_the_parsers(self):
        table = (ROOT / "src/core/config_keys.cc").read_text(encoding="utf-8")
        known = re.findall(r'^    \{"(\w+)",', table, re.M)
        written = [line.strip("*")
                   for line in section("remaphore.conf.5.scd", "KEYS") if re.fullmatch(r"\*\w+\*", line)]
        self.assertGreater(len(known), 5)
        self.assertEqual(sorted(written), sorted(known))


class Environment(unittest.TestCase):
    def test_lists_the_variables_that_a_command_gets(self):
        source = (ROOT / "src/core/command.cc").read_text(encoding="utf-8")
        given = re.findall(r'\bset\("([A-Z]+)"', source)
        written = [line.strip("*").removeprefix("REMAPHORE_") for line in section("remaphore.1.scd", "RECEIVING")
                   if re.fullmatch(r"\*REMAPHORE_[A-Z]+\*", line)]
        self.assertGreater(len(given), 3)
        self.assertEqual(sorted(written), sorted(given))


class Promises(unittest.TestCase):
    """Each names a test that there is."""

    @staticmethod
    def tests():
        """Full names; NAME.* for each file or suite; the files of vectors; and the tests of the vector judge. An
        end-to-end test is file.Class.test_name or, if its file has only one of that name, file.test_name."""
        found = {path.name
                 for path in [*ROOT.glob("tests/*/*.jsonl"), ROOT / "tests/vectors/test_refusals.py"] if path.exists()}
        for path in ROOT.glob("tests/e2e/test_*.py"):
            file, suite, short = path.stem.removeprefix("test_"), None, []
            for opened, name in re.findall(r"^(?:class (\w+)|    def (test_\w+))", path.read_text("utf-8"), re.M):
                suite = opened or suite
                if name:
                    found.update((f"{file}.{suite}.{name}", f"{file}.{suite}.*", f"{file}.*"))
                    short.append(f"{file}.{name}")
            found.update(name for name in short if short.count(name) == 1)
        for path in ROOT.glob("tests/test_*.py"):
            for suite, body in re.findall(r"^class (\w+)\(unittest.*?\n(.*?)(?=^\S|\Z)",
                                          path.read_text(encoding="utf-8"), re.M | re.S):
                for name in re.findall(r"^    def (test_\w+)", body, re.M):
                    found.update((f"{suite}.{name}", f"{suite}.*"))
        for path in [*ROOT.glob("src/*/*_test.cc"), *ROOT.glob("tests/*/*.cc")]:
            for suite, name in re.findall(r"^(?:TYPED_)?TEST(?:_\w)?\((\w+), (\w+)\)", path.read_text(encoding="utf-8"),
                                          re.M):
                found.update((f"{suite}.{name}", f"{suite}.*"))
        return found

    def check(self, rows):
        there = self.tests()
        self.assertGreater(len(rows), 10)
        for row in rows:
            promise, shown = row.strip("| ").split(" | ")
            named = re.findall(r"`((?:\w+\.){1,2}(?:\w+|\*))`", shown)
            self.assertTrue(named, f"no test is named: {promise}")
            self.assertEqual([name for name in named if name not in there], [], promise)

    def test_name_tests_that_there_are(self):
        page = (DOC / "security.md").read_text(encoding="utf-8")
        self.check(re.search(r"^## Promises\n(.*?)^## ", page, re.M | re.S).group(1).strip().split("\n")[2:])

    def test_of_the_contract_name_tests_that_there_are(self):
        lines = (DOC / "conformance.md").read_text(encoding="utf-8").split("\n")
        self.check([line for line in lines if line.startswith("|") and
                    line not in ("| what | shown by |", "|---|---|")])


class Faults(unittest.TestCase):
    def test_every_cell_is_a_test_that_there_is(self):
        done = subprocess.run([ROOT / "tools/faults", "--list", "--build", BUILD], capture_output=True, text=True,
                              encoding="utf-8")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertGreater(len(done.stdout.split()), 200)


class Architecture(unittest.TestCase):
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")

    def test_names_every_layer(self):
        layers = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
        self.assertEqual(layers - set(re.findall(r"\bsrc/(\w+)", self.page)), set())

    def test_names_files_that_there_are(self):
        named = {word for marked in re.findall(r"`([^`\n]+)`", self.page) for word in re.split(r"[\s,]+", marked)
                 if re.fullmatch(r"[\w.-]+/[\w./*-]*", word)}
        self.assertGreater(len(named), 50)
        self.assertEqual({word for word in named
                          if not (list(ROOT.glob(f"{word}*")) or list(ROOT.glob(f"src/{word}*")))}, set())

    def test_names_the_packages_that_are_installed(self):
        script = (ROOT / "tools/install-dependencies").read_text(encoding="utf-8")
        lists = re.findall(r"^(?:packages|lint|tests|fuzz|bench|package)=\((.*)\)$", script, re.M)
        self.assertEqual(len(lists), 6)
        installed = {word for one in lists for word in one.split() if not word.startswith('"$')}
        table = self.page.split("## Dependencies\n")[1].split("We wrote our own code")[0]
        told = {word for row in re.findall(r"^\| (`.*?) \|", table, re.M) for word in re.findall(r"`([^`]+)`", row)}
        self.assertEqual(told, installed)


if __name__ == "__main__":
    run_tests()
