#!/usr/bin/env python3
"""Runs ctest and, just before ctest's own closing lines, prints what each suite counted.

usage: ctest_with_counts.py BUILD_FOLDER [CTEST ARGUMENT ...]

ctest counts a suite as one test. What is inside (GoogleTest cases, scenarios, conformance cases, inputs fuzzed) stands
in the suite's output, which ctest keeps in its log. A suite's count is the line that GoogleTest or Python's unittest
prints for it, else the last line of its output: every runner of this project ends with one that counts. Exits as
ctest does.
"""

import pathlib
import re
import subprocess
import sys

# ctest closes with "100% tests passed, 0 tests failed out of 12" and the list of what failed.
CLOSING = re.compile(r"\d+% tests passed")
BLOCK = re.compile(r"^\d+/\d+ Test: (?P<name>\S+)$.*?^Output:\n-+\n(?P<output>.*?)<end of output>$", re.M | re.S)
GOOGLE_TEST = re.compile(r"^\[ +(PASSED|FAILED|SKIPPED) +\] (\d+ tests?)", re.M)
UNITTEST = re.compile(r"^Ran (\d+ tests?) in .*", re.M)


def count_of(output):
    """The one line that says what was counted in the output of a suite."""
    google = GOOGLE_TEST.findall(output)
    if google:
        return ", ".join(f"{tests} {outcome.lower()}" for outcome, tests in google)
    unittest = UNITTEST.search(output)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if unittest and lines:
        return f"{unittest[1]}: {lines[-1]}"
    return lines[-1] if lines else "no output"


def print_counts(log):
    """Prints a line for each suite in ctest's log."""
    suites = [(match["name"], count_of(match["output"])) for match in BLOCK.finditer(log)]
    width = max((len(name) for name, _ in suites), default=0)
    print("What each suite counted:")
    for name, count in suites:
        print(f"  {name:<{width}}  {count}")
    print(flush=True)


def main(build_folder, arguments):
    command = ["ctest", "--test-dir", build_folder, "--output-on-failure", "--no-tests=error", *arguments]
    log = pathlib.Path(build_folder) / "Testing/Temporary/LastTest.log"
    closing = []  # held back: the log is complete only when ctest has ended
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace") as ctest:
        for line in ctest.stdout:
            if closing or CLOSING.match(line):
                closing.append(line)
            else:
                print(line, end="", flush=True)
    if closing:
        print_counts(log.read_text(errors="replace"))
    print("".join(closing), end="", flush=True)
    return ctest.returncode


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
