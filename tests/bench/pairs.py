"""Compares two builds: each figure in pairs of runs that take turns, so that a machine that slows down slows both."""

import contextlib
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import engine_bench
import pipe_bench

# With 4 KB of schema or without, facts and rows; with one interval, as a longer one hides nothing that a pair shows.
ENGINE_RUNS = (("without_schema", "events"), ("without_schema", "table"), ("with_schema", "events"),
               ("with_schema", "table"))
ENGINE_RECORDS = 300_000
COMMIT_INTERVAL = "1s"


class Pairs:
    """What was measured of the two builds, in nanoseconds of CPU per record, by the figure's name."""

    def __init__(self, builds, repetitions):
        self.builds, self.repetitions = builds, repetitions
        self.figures = {}

    def measure(self, names, run):
        """Calls run(build) for both builds in turns; it returns a figure for each name."""
        for repetition in range(self.repetitions):
            print(f"{', '.join(names)}: pair {repetition + 1} of {self.repetitions}", file=sys.stderr)
            order = self.builds if repetition % 2 == 0 else self.builds[::-1]
            for build in order:
                for name, figure in zip(names, run(build)):
                    self.figures.setdefault(name, {build: [] for build in self.builds})[build].append(figure)

    def print_table(self):
        print("\n| ns of CPU per record | before | least..most | after | least..most | median | least |\n"
              "|---|--:|--:|--:|--:|--:|--:|")
        for name, figures in self.figures.items():
            before, after = (figures[build] for build in self.builds)
            changes = [f"{(of(after) / of(before) - 1) * 100:+.1f} %" for of in (statistics.median, min)]
            cells = [cell for runs in (before, after)
                     for cell in (f"{statistics.median(runs):,.0f}", f"{min(runs):,.0f}..{max(runs):,.0f}")]
            print(f"| {' | '.join([name, *cells, *changes])} |")


def measure_decode(pairs):
    def run(build):
        done = subprocess.run([build / "tests/bench/decode_bench", "--benchmark_format=json"], check=True,
                              stdout=subprocess.PIPE, text=True, cwd=pathlib.Path(__file__).resolve().parents[2])
        return [benchmark["cpu_time"] for benchmark in json.loads(done.stdout)["benchmarks"]]

    pairs.measure([f"decode/{form}" for form in ("envelope_without_schema", "envelope_with_schema",
                                                 "flattened_with_schema")], run)


def measure_pipe(pairs, topology, records):
    with tempfile.TemporaryDirectory() as name:
        for kind, with_schema in (("pipe/without_schema", False), ("pipe/with_schema", True)):
            small, large = pathlib.Path(name) / "small.jsonl", pathlib.Path(name) / "large.jsonl"
            pipe_bench.write_records(small, pipe_bench.BASE_RECORDS, with_schema)
            pipe_bench.write_records(large, pipe_bench.BASE_RECORDS + records, with_schema)

            def run(build, small=small, large=large):
                start, whole = (pipe_bench.cpu_seconds([build / "tallymill", "pipe", topology, path, "--final"])
                                for path in (small, large))
                return [(whole - start) / records * 1e9]

            pairs.measure([kind], run)


def measure_engine(pairs, records):
    """On a broker that is started for it."""
    with tempfile.TemporaryDirectory(dir=pairs.builds[1]) as name, contextlib.ExitStack() as running:
        folder = pathlib.Path(name)
        kafka = engine_bench.Kafka(folder / "kafka", settings=engine_bench.BROKER_SETTINGS, heap_megabytes=768)
        bootstrap = running.enter_context(kafka).bootstrap
        benches = {build: engine_bench.EngineBench(pairs.builds[1], build / "tallymill", bootstrap, folder)
                   for build in pairs.builds}
        loader = benches[pairs.builds[1]]
        few = loader.backlog("start", engine_bench.START_RECORDS, False)
        topics = {kind: loader.backlog(kind, records, kind == "with_schema") for kind, _ in ENGINE_RUNS[::2]}
        for number, bench in enumerate(benches.values()):
            bench.prefix += f".{number}"  # one name each, or the second would go on where the first ended
            running.callback(bench.delete, bench.prefix)
        for kind, mode in ENGINE_RUNS:
            def run(build, kind=kind, mode=mode):
                start = benches[build].run_engine(few, mode, COMMIT_INTERVAL)
                measure = benches[build].run_engine(topics[kind], mode, COMMIT_INTERVAL).without(start)
                return [measure.cpu_seconds / records * 1e9]

            pairs.measure([f"engine/{kind}/{mode}"], run)


def compare(before, after, topology, records, repetitions, with_pipe, with_engine):
    """Prints the table of two build folders that hold the binary and the benchmarks."""
    pairs = Pairs([before, after], repetitions)
    measure_decode(pairs)
    if with_pipe:
        measure_pipe(pairs, topology, records or 200_000)
    if with_engine:
        measure_engine(pairs, records or ENGINE_RECORDS)
    pairs.print_table()
