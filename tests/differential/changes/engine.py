"""Runs `tallymill pipe` over placed records and reads what it prints."""

import collections
import json
import pathlib
import re
import subprocess
import tempfile

import exact
from records import TOPIC

FATES = re.compile(r"^read (?P<read>\d+): (?P<fates>[^;\n]*)", re.M)
IMAGES = re.compile(r"^(?P<pipeline>\w+): [a-z ]+ (?P<received>\d+): (?P<fates>.*)$", re.M)
OBSERVATION = re.compile(r"^(?P<name>[a-z_]+) (?P<count>\d+)$", re.M)


class EngineFailed(Exception):
    """The engine did not end as it should."""


def pairs(document):
    return [tuple(pair) for pair in document]


def input_lines(placed_records):
    for placed in placed_records:
        yield json.dumps({"topic": TOPIC, "partition": placed.partition, "offset": placed.offset,
                          "timestamp": placed.record.told_ms, "key": placed.key_text, "value": placed.value_text},
                         ensure_ascii=False)


class Output:
    """What one run printed: per topic emissions in order, late and dead letters, and the counts."""

    def __init__(self, printed, summary):
        self.emissions = collections.defaultdict(list)  # topic -> [(key, value)]
        self.late, self.dead = [], []
        for line in printed.splitlines():
            self._take(json.loads(line, object_pairs_hook=pairs, parse_float=str))
        self.fates = self._counts(FATES.search(summary), summary)
        self.images = {match["pipeline"]: self._counts(match, summary) for match in IMAGES.finditer(summary)}
        self.observations = {match["name"]: int(match["count"]) for match in OBSERVATION.finditer(summary)}

    def _take(self, line):
        record = dict(line)
        topic = record["topic"]
        if topic.endswith(".late"):
            self.late.append(as_dict(record["value"]))
        elif topic.endswith(".dead-letter"):
            headers = dict(record["headers"])
            self.dead.append({name: headers["tallymill." + name] for name in ("reason", "partition", "offset", "topic")}
                             | {"key": record["key"], "value": record["value"]})
        else:
            key = None if record["key"] is None else tuple(record["key"])
            self.emissions[topic].append((key, record["value"]))

    @staticmethod
    def _counts(match, summary):
        if not match:
            raise EngineFailed("no summary of fates: " + summary)
        counts = {name: int(count) for name, count in (part.rsplit(" ", 1) for part in match["fates"].split(", "))}
        return {name: count for name, count in counts.items() if count}

    def tables(self):
        """The last value of every key, per topic."""
        tables = {}
        for topic, emissions in self.emissions.items():
            table = tables.setdefault(topic, {})
            for key, value in emissions:
                if value is None:
                    table.pop(key, None)
                else:
                    table[key] = value
        return tables


def as_dict(document):
    """An object read as pairs, as a dictionary, at every depth."""
    if isinstance(document, list) and all(isinstance(each, tuple) for each in document):
        return {name: as_dict(value) for name, value in document}
    return document


def run(binary, topology_text, placed_records, layout, options=()):
    """One run; raises EngineFailed with what the engine said if it did not exit with 0."""
    with tempfile.TemporaryDirectory() as folder:
        topology = pathlib.Path(folder, "topology.yaml")
        topology.write_text(topology_text)
        records = pathlib.Path(folder, "records.jsonl")
        records.write_text("".join(line + "\n" for line in input_lines(placed_records)))
        command = [binary, "pipe", str(topology), str(records), "--partitions", str(layout.partitions),
                   "--commit-every", str(layout.commit_every), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0:
        raise EngineFailed(f"exit code {done.returncode}\n{done.stderr}")
    try:
        return Output(done.stdout, done.stderr)
    except (ValueError, KeyError) as error:
        raise EngineFailed(f"unreadable output: {error!r}\n{done.stdout[-2000:]}") from error


def late_money(late_records):
    """Per group, window and count or amount: what late records add up to, a late before with the opposite sign."""
    rows, money = collections.Counter(), {}
    for record in late_records:
        for image, sign in ((record["before"], -1), (record["after"], 1)):
            if image is None or not image["late"]:
                continue
            key = tuple(image["group"].items()) + (("window_start", image["window_start"]),)
            rows[key] += sign
            if image["columns"]["amount"] is not None:
                amount = exact.number(image["columns"]["amount"])
                signed = amount if sign > 0 else amount.copy_negate()
                money[key] = exact.EXACT.add(money.get(key, exact.number("0")), signed)
    return rows, money
