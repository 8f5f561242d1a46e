#!/usr/bin/env python3
"""Checks what no compiler checks: the layers, names and sizes of the code, and that the documents are true.

The checks are the functions of source_checks.py and document_checks.py, the tables behind them are in rules.py. Each
finding is one line, PATH:LINE: what is wrong and what to do. Needs Python 3.11 and nothing else.

Exit codes: 0 nothing found, 1 something found, 2 wrong usage.
"""

import argparse
import pathlib
import sys

from document_checks import DOCUMENT_CHECKS, check_metric_reference, check_topologies
from source_checks import SOURCE_CHECKS
from source_tree import SourceTree

PROJECT = pathlib.Path(__file__).resolve().parents[2]


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: tests/tidy/tidy_check.py --tallymill build/release/tallymill")
    parser.add_argument("--root", default=PROJECT, help="the tree to check (default: this project)")
    parser.add_argument("--tallymill", help="the binary that lints the topologies; without it they are not")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    tree = SourceTree(arguments.root)
    checks = [*SOURCE_CHECKS, *DOCUMENT_CHECKS]
    findings = [finding for check in checks for finding in check(tree)]
    if arguments.tallymill:
        with_binary = (check_topologies, check_metric_reference)
        checks += with_binary
        findings += [finding for check in with_binary for finding in check(tree, arguments.tallymill)]
    else:
        print("SKIPPED: check_topologies and check_metric_reference, because there is no --tallymill BINARY")
    for finding in findings:
        print(finding)
    print(f"{len(checks)} checks of {len(tree.paths)} files: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
