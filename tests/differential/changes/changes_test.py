#!/usr/bin/env python3
"""Random histories of a table, told by a connector, through the engine and through a slow reference.

usage: changes_test.py BINARY [--seeds N | --seconds S] [--first-seed S] [--seed S] [--topology NAME] [--smallest]

Without options it runs seeds 0 to 29 over every topology. A failure prints how to replay it; with --smallest also a
smallest log that still fails. The last lines print the mix of operations; a kind that never happened is a failure.
"""

import argparse
import collections
import itertools
import pathlib
import sys
import time

import engine
import mix
from topologies import TOPOLOGIES
from trial import Trial

DEFAULT_SEEDS = 30
FAILURES_SHOWN = 5


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--seeds", type=int, help="how many seeds")
    parser.add_argument("--seconds", type=float, help="go on with new seeds for so long")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--seed", type=int, help="this seed alone")
    parser.add_argument("--topology", choices=sorted(TOPOLOGIES), help="this topology alone")
    parser.add_argument("--smallest", action="store_true", help="make a failing log smaller, and print it")
    return parser.parse_args()


def seeds_of(options):
    if options.seed is not None:
        return [options.seed]
    if options.seconds is None:
        return range(options.first_seed, options.first_seed + (options.seeds or DEFAULT_SEEDS))
    end = time.monotonic() + options.seconds
    return itertools.takewhile(lambda _: time.monotonic() < end, itertools.count(options.first_seed))


def report(options, trial, failures):
    for layout, sentences in failures:
        print(f"\nFAILED seed {trial.seed}, topology {trial.topology.name}, {layout}")
        print(f"  replay: changes_test.py {options.binary} --seed {trial.seed} --topology {trial.topology.name} "
              "--smallest")
        for sentence in sentences[:8]:
            print("  " + sentence)
        if len(sentences) > 8:
            print(f"  and {len(sentences) - 8} more differences")
        if options.smallest:
            show_smallest(options, trial, layout)


def show_smallest(options, trial, layout):
    placed_records, sentences = trial.smallest(options.binary, layout)
    folder = pathlib.Path("differential_changes_failure")
    folder.mkdir(exist_ok=True)
    (folder / "topology.yaml").write_text(trial.text)
    (folder / "records.jsonl").write_text("".join(line + "\n" for line in engine.input_lines(placed_records)))
    print(f"  smallest: {len(placed_records)} records, written to {folder}; run it with\n"
          f"    {options.binary} pipe {folder}/topology.yaml {folder}/records.jsonl --partitions {layout.partitions} "
          f"--commit-every {layout.commit_every}")
    for placed in placed_records:
        record = placed.record
        print(f"    {placed.partition}/{placed.offset} {record.label}: {record.op} {record.key} lsn {record.lsn} "
              f"ts_ms {record.source_time_ms} before {record.before} after {record.after}")
    for sentence in sentences:
        print("    " + sentence)


def main():
    options = arguments()
    names = [options.topology] if options.topology else list(TOPOLOGIES)
    counted = collections.Counter()
    failed = runs = 0
    for seed in seeds_of(options):
        for name in names:
            trial = Trial(seed, name)
            errors = trial.reference_errors()
            if errors:
                print(f"the reference is wrong, seed {seed}, topology {name}: {errors[0]}")
                return 2
            mix.count(counted, trial)
            failures = trial.failures(options.binary)
            runs += len(trial.layouts)
            if failures:
                failed += 1
                if failed <= FAILURES_SHOWN:
                    report(options, trial, failures)
    absent = mix.show(counted)
    if absent and options.seed is None and not options.topology:
        print("never happened: " + ", ".join(absent))
        failed += 1
    print(f"{runs} runs, {counted['records']} records, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
