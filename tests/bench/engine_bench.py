"""Measures `tallymill run` on a backlog in a real Kafka, beside a consumer that only reads it."""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import pipe_bench

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))

from servers import Kafka, wait_until  # noqa: E402: makes `kafka` importable too

from kafka.admin import KafkaAdminClient, NewTopic  # noqa: E402
from kafka.errors import KafkaError  # noqa: E402

PARTITIONS = 4
COMMIT_INTERVALS = ("1s", "100ms")
EVENT_SPAN_US = 600_000_000  # ten minutes, whatever the number of records
RUN_SECONDS_MAX = 600
# Less time than this is mostly the difference of two starts, and says nothing of the speed.
SPEED_SECONDS_MIN = 0.5
# The backlog whose measures are taken out: a record in each partition, and with it start and end of the process.
START_RECORDS = PARTITIONS
# Deleted topics leave the disk at once; by default the broker keeps them for a minute.
BROKER_SETTINGS = {"file.delete.delay.ms": "100", "log.segment.delete.delay.ms": "100"}

TOPOLOGY = """\
version: 1
name: {name}
sources:
  transactions:
    topic: {source}
{primary_key}    event_time: timestamp
    watermark: {{ out_of_orderness: 5s }}
    columns:
      transaction_id: string
      user_id: string
      currency: string
      amount: {{ type: decimal, currency: currency }}
      timestamp: timestamp
pipelines:
  spend_per_user:
    from: transactions
    steps:
      - aggregate:
          by: [user_id, currency]
          window: {{ tumbling: 1m{grace} }}
          compute:
            payments: count()
            total: sum(amount)
            smallest: min(amount)
            largest: max(amount)
            mean: avg(amount, 6)
    to: {{ topic: {name}.spend }}
"""
# Partitions are read side by side, not in the order of event time: a grace longer than the backlog drops nothing.
MODES = {"events": {"primary_key": "    mode: events\n", "grace": ", grace: 1h"},
         "table": {"primary_key": "    primary_key: [transaction_id]\n", "grace": ""}}


@dataclasses.dataclass(frozen=True)
class Measure:
    """What one run took, over the whole life of its process."""

    cpu_seconds: float  # user and system, of all threads
    seconds: float
    resident_bytes: int  # at most
    printed: str
    messages: int = 0  # produced, in all topics
    groups: int = 0  # records of the sink's topic: one per group whose row changed, and commit

    def without(self, start):
        """Less what the same run takes for next to no records. The size of the process stays as it is."""
        return dataclasses.replace(self, cpu_seconds=self.cpu_seconds - start.cpu_seconds,
                                   seconds=self.seconds - start.seconds)


@dataclasses.dataclass
class Row:
    """A line of the table: the runs of one kind."""

    name: str
    floor: "Row | None"  # the consumer that only reads the same backlog
    records: int
    runs: list = dataclasses.field(default_factory=list)

    def per_million(self):
        """CPU seconds per million records of each run."""
        return [run.cpu_seconds / self.records * 1e6 for run in self.runs]


class EngineBench:
    """The programs, a broker with the backlogs, and the runs over them."""

    def __init__(self, build_folder, tallymill, bootstrap, folder, profile_folder=None):
        self.build_folder = build_folder
        self.tallymill = tallymill
        self.bootstrap = bootstrap
        self.folder = folder
        self.profile_folder = profile_folder
        self.prefix = f"tallymill-bench-{os.getpid()}"
        self.runs = 0

    def admin(self):
        return KafkaAdminClient(bootstrap_servers=self.bootstrap)

    def backlog(self, kind, records, with_schema):
        """Makes and fills the topic of this name; returns its name."""
        topic = f"{self.prefix}.backlog.{kind}"
        with self.admin() as admin:
            admin.create_topics([NewTopic(topic, num_partitions=PARTITIONS, replication_factor=1)])
            admin.wait_for_topics([topic])
        loader = self.build_folder / "tests/bench/backlog_loader"
        subprocess.run([loader, self.bootstrap, topic, str(PARTITIONS), str(records)], check=True, text=True,
                       input=record_template(with_schema, records), timeout=RUN_SECONDS_MAX)
        return topic

    def consume(self, topic, records):
        """The floor: reads the backlog and does nothing with it."""
        measure = measured([self.build_folder / "tests/bench/plain_consumer", self.bootstrap, topic])
        read = json.loads(measure.printed)["records"]
        if read != records:
            raise RuntimeError(f"{topic} has {read} records instead of {records}; is the broker's disk full?")
        # From the first record to the last: shorter than the start of a process is steady.
        return dataclasses.replace(measure, seconds=json.loads(measure.printed)["seconds"])

    def run_engine(self, topic, mode, commit_interval):
        """One run to the end of the backlog under a name of its own; what it has written is counted and deleted."""
        self.runs += 1
        name = f"{self.prefix}.run{self.runs}"
        topology = self.folder / f"{name}.yaml"
        topology.write_text(TOPOLOGY.format(name=name, source=topic, **MODES[mode]), encoding="utf-8")
        settings = {"kafka.bootstrap.servers": self.bootstrap, "workers": "1", "commit.interval": commit_interval,
                    "state.directory": self.folder / "state", "http.address": "127.0.0.1:0",
                    "admin.address": "127.0.0.1:0"}
        command = [self.tallymill, "run", topology]
        command += [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        command += ["--until", "end"]
        try:
            measure = measured(self.profiled(command, f"{topic.split('.')[-1]}-{mode}-{commit_interval}"))
            written = {written: self.count(written) for written in self.topics_of(name)}
            print("  wrote " + ", ".join(f"{count:,} to {topic.removeprefix(name + '.')}"
                                         for topic, count in sorted(written.items()) if count), file=sys.stderr)
        finally:
            self.delete(name)
        return dataclasses.replace(measure, messages=sum(written.values()), groups=written.get(f"{name}.spend", 0))

    def profiled(self, command, name):
        """The command, under perf if a folder for profiles is given."""
        if self.profile_folder is None:
            return command
        data = self.profile_folder / f"{self.runs:03}-{name}.perf"
        # By DWARF: releases are built without frame pointers. The kernel of a virtual machine may count no cycles.
        return ["perf", "record", "-q", "-e", "cpu-clock", "-F", "499", "--call-graph", "dwarf,4096", "-o", data, "--",
                *command]

    def topics_of(self, name):
        with self.admin() as admin:
            return [topic for topic in admin.list_topics() if topic.startswith(f"{name}.")]

    def count(self, topic):
        """The records of a topic. Offsets would count the markers of transactions too."""
        reading = subprocess.run([self.build_folder / "tests/bench/plain_consumer", self.bootstrap, topic], check=True,
                                 stdout=subprocess.PIPE, text=True, timeout=RUN_SECONDS_MAX)
        return json.loads(reading.stdout)["records"]

    def delete(self, name):
        """Deletes the topics and the group of this name, and waits until they are gone."""
        topics = self.topics_of(name)
        with self.admin() as admin:
            if topics:
                admin.delete_topics(topics)
            with contextlib.suppress(KafkaError):  # a run that failed early has no group
                admin.delete_groups([name])
        wait_until(lambda: not self.topics_of(name), 30, f"the deletion of the topics of {name}")


def record_template(with_schema, records):
    """The text from which the loader makes the records that pipe_bench makes one by one."""
    fields = {"number": "@number@", "user": "@user@", "amount": "@amount@", "currency": "@currency@",
              "event_us": "@event_us@", "event_ms": "@event_ms@", "event_ns": "@event_us@000", "lsn": "@lsn@"}
    encode = json.JSONEncoder(separators=(",", ":")).encode
    # A field that is the whole of a string stands for a number or an object, unless it is text in the record.
    key, value = (re.sub(r'"(@(?!currency)[a-z_]+@0*)"', r"\1", encode(part)) for part in pipe_bench.record(**fields))
    if with_schema:
        key, value = (f'{{"schema":{encode(schema)},"payload":{part}}}' for schema, part in
                      ((pipe_bench.key_schema(), key), (pipe_bench.value_schema(), value)))
    step_us = EVENT_SPAN_US / records
    amounts = " ".join(map(encode, pipe_bench.AMOUNTS))
    return (f"key {key}\nvalue {value}\n"
            f"counter number 0 1\n"
            f"counter lsn {pipe_bench.FIRST_LSN} 100\n"
            f"counter event_us {pipe_bench.FIRST_EVENT_US} {step_us}\n"
            f"counter event_ms {pipe_bench.FIRST_EVENT_US / 1000} {step_us / 1000}\n"
            f"choice amount {amounts}\n"
            f"choice currency {' '.join(pipe_bench.CURRENCIES)}\n"
            f"zipf user {len(pipe_bench.USERS)}\n")


def measured(command):
    """Runs a command to its end. Raises RuntimeError with the end of what it said if it fails or takes too long."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.monotonic()
        process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=errors)
        guard = threading.Timer(RUN_SECONDS_MAX, process.kill)
        guard.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            guard.cancel()
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)  # as Popen has not waited itself
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            raise RuntimeError(f"{command[0]} ended with exit code {process.returncode}: {errors.read()[-2000:]}")
        return Measure(usage.ru_utime + usage.ru_stime, seconds, usage.ru_maxrss * 1024, output.read())


def measure_backlogs(bench, records, repetitions, only):
    """The rows of the table. Kinds take turns, so that a machine that slows down slows all of them."""
    few = bench.backlog("start", START_RECORDS, False)
    rows = {}
    for kind, with_schema in (("without_schema", False), ("with_schema", True)):
        runs = [(f"engine/{kind}/{mode}/commit {interval}", (mode, interval))
                for mode in MODES for interval in COMMIT_INTERVALS]
        runs = [(name, run) for name, run in runs if only in name]
        if not runs:
            continue
        print(f"engine/{kind}: loading {records:,} records", file=sys.stderr)
        topic = bench.backlog(kind, records, with_schema)
        floor = rows[topic, None] = Row(f"plain consumer/{kind}", None, records)
        rows |= {(topic, run): Row(name, floor, records) for name, run in runs}
    if not rows:
        raise RuntimeError(f"no run of the engine has {only!r} in its name")
    for repetition in range(repetitions):
        starts = {None: bench.consume(few, START_RECORDS)}
        for (topic, run), row in rows.items():
            print(f"{row.name}: run {repetition + 1} of {repetitions}", file=sys.stderr)
            if run and run not in starts:
                starts[run] = bench.run_engine(few, *run)
            measure = bench.run_engine(topic, *run) if run else bench.consume(topic, records)
            row.runs.append(measure.without(starts[run]))
    return list(rows.values())


def measure_engine(build_folder, tallymill, bootstrap, records, repetitions, only="", profile_folder=None):
    """Measures on the broker at `bootstrap`, or on one that it starts; the topics it makes there are deleted.

    `only`: a part of the names of the runs that are wanted. `profile_folder`: where perf leaves its data.
    """
    with tempfile.TemporaryDirectory(dir=build_folder) as name, contextlib.ExitStack() as running:
        folder = pathlib.Path(name)
        if bootstrap is None:
            kafka = Kafka(folder / "kafka", settings=BROKER_SETTINGS, heap_megabytes=768)
            bootstrap = running.enter_context(kafka).bootstrap
        bench = EngineBench(build_folder, tallymill, bootstrap, folder, profile_folder)
        running.callback(bench.delete, bench.prefix)
        return measure_backlogs(bench, records, repetitions, only)


def print_engine_table(rows):
    """One line per kind of run: the median of each figure, of CPU also the least and the most."""
    print("\n| CPU seconds per million records | median | least | most | x plain | records/s | messages per record "
          "| groups per record | RSS MB |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for row in rows:
        cpu = row.per_million()
        ratio = f"{statistics.median(cpu) / statistics.median(row.floor.per_million()):.1f}" if row.floor else ""
        seconds = statistics.median(run.seconds for run in row.runs)
        speed = f"{row.records / seconds:,.0f}" if seconds >= SPEED_SECONDS_MIN else "too short"
        messages, groups = (
            f"{statistics.median(count / row.records for count in counts):.2f}" if row.floor else ""
            for counts in ([run.messages for run in row.runs], [run.groups for run in row.runs]))
        resident = statistics.median(run.resident_bytes for run in row.runs) / 1e6
        print(f"| {row.name} | {statistics.median(cpu):.2f} | {min(cpu):.2f} | {max(cpu):.2f} | {ratio} | {speed} "
              f"| {messages} | {groups} | {resident:,.0f} |")
