#!/usr/bin/python3 -B
"""Runs ctest and counts what it ran: each case of a GoogleTest program, any other program as one.

    run_ctest.py BUILD
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree


def count_cases(report):
    """Counts the cases of one GoogleTest program's JSON report."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for suite in report["testsuites"]:
        for case in suite["testsuite"]:
            if case.get("failures"):
                outcome = "failed"
            elif case["status"] == "RUN" and case["result"] == "COMPLETED":
                outcome = "passed"
            else:
                outcome = "skipped"
            counts[outcome] += 1
    return counts


def count_program(name, status, reports):
    """Counts one entry in ctest's list; one that failed has at least one failure, whatever its report says."""
    report = reports / f"{name}.json"
    if not report.exists():
        return {"passed": status == "run", "failed": status == "fail", "skipped": status not in ("run", "fail")}
    counts = count_cases(json.loads(report.read_text(encoding="utf-8")))
    nothing_ran = not (counts["passed"] or counts["failed"])
    if not counts["failed"] and (status != "run" or nothing_ran):
        print(f"{name}: {'no test ran' if nothing_ran else 'ended badly'}")
        counts["failed"] = 1
    return counts


def main():
    build = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="ctest-") as folder:
        reports = pathlib.Path(folder)
        junit = reports / "junit.xml"
        ctest = ["ctest", "--test-dir", build, "--output-on-failure", "--timeout", "300",
                 "-j", str(os.cpu_count() or 1), "--output-junit", str(junit)]
        status = subprocess.run(ctest, env=os.environ | {"GTEST_OUTPUT": f"json:{folder}/"}, check=False).returncode
        total = {"passed": 0, "failed": 0, "skipped": 0}
        programs = ElementTree.parse(junit).getroot().findall("testcase") if junit.exists() else []
        for program in programs:
            for outcome, number in count_program(program.get("name"), program.get("status"), reports).items():
                total[outcome] += number
    if status and not total["failed"]:
        print(f"ctest ended with status {status}")
        total["failed"] += 1
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    sys.exit(1 if total["failed"] or not total["passed"] else 0)


if __name__ == "__main__":
    main()
