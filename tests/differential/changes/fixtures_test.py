#!/usr/bin/env python3
"""The recorded Debezium records, in all four forms, through the first topology: the last table equals SQL's answer.

usage: fixtures_test.py BINARY

As numbers for every file; as text for the one whose wire keeps trailing zeros. Prints how long each took.
"""

import csv
import decimal
import json
import pathlib
import subprocess
import sys
import time

PROJECT = pathlib.Path(__file__).resolve().parents[3]
FIXTURES = PROJECT.parent / "shared" / "fixtures"
TOPOLOGY = PROJECT / "deploy" / "topologies" / "spend_per_user.yaml"
# File, the connector's topic prefix, whether amounts come with all their digits.
FILES = (("schemas.jsonl", "cdc", False), ("no_schemas.jsonl", "plain", False), ("decimal_string.jsonl", "text", True),
         ("flattened_with_schemas.jsonl", "flat", False))
AMOUNTS = ("total", "smallest", "largest")
SKIPPED = 77  # what CMakeLists.txt tells ctest


def truth():
    """SQL's answer: (user, currency, minute) to count and amounts as text, None where SQL has NULL."""
    with open(FIXTURES / "truth_spend_per_user.csv", newline="", encoding="utf-8") as lines:
        return {tuple(line[:3]): (int(line[3]), *(text or None for text in line[4:7])) for line in csv.reader(lines)
                if line[0] != "user_id"}


def answer(binary, file, prefix):
    """The engine's last table in the same form."""
    command = [binary, "pipe", str(TOPOLOGY), str(FIXTURES / file), "--final", "--map",
               f"transactions={prefix}.public.transactions"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{file}: exit code {done.returncode}\n{done.stderr}")
    rows = {}
    for line in map(json.loads, done.stdout.splitlines()):
        if line["topic"] != "spend-per-user":
            sys.exit(f"{file}: a record in {line['topic']}: {line}")
        row = line["value"]
        minute = row["window_start"].replace("T", " ").removesuffix(".000000Z")
        rows[row["user_id"], row["currency"], minute] = (row["payments"], *(row[name] for name in AMOUNTS))
    return rows


def as_numbers(row):
    return (row[0], *(None if text is None else decimal.Decimal(text) for text in row[1:]))


def main(binary):
    if not FIXTURES.is_dir():
        print(f"SKIPPED: no recorded records at {FIXTURES}")
        return SKIPPED
    wanted = truth()
    failed = 0 if wanted else 1
    for file, prefix, keeps_zeros in FILES:
        start = time.monotonic()
        got = answer(binary, file, prefix)
        seconds = time.monotonic() - start
        different = [key for key in sorted(set(wanted) | set(got))
                     if key not in wanted or key not in got or as_numbers(wanted[key]) != as_numbers(got[key])]
        texts = sum(wanted.get(key) != got.get(key) for key in wanted)
        for key in different:
            print(f"{file} {key}: SQL says {wanted.get(key)}, the engine {got.get(key)}")
        print(f"{file}: {len(got)} windows, {len(different)} differ as numbers, {texts} as text, {seconds:.2f} s")
        failed += bool(different) or (keeps_zeros and texts > 0)
    print(f"{len(FILES)} files, {len(wanted)} windows each, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
