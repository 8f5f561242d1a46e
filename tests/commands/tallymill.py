"""Runs the binary on topologies and inputs in a folder of its own."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TOPIC = "cdc.public.orders"
TOPOLOGY = f"""version: 1
name: shop
sources:
  orders:
    topic: {TOPIC}
    primary_key: [id]
    columns: {{ id: int, customer: string, amount: {{ type: decimal, currency: "USD" }} }}
pipelines:
  spend:
    from: orders
    steps:
      - aggregate: {{ by: [customer], compute: {{ orders: count(), total: sum(amount) }} }}
    to: {{ topic: spend }}
"""
binary = None


def envelope(operation, lsn, before=None, after=None):
    return {"before": before, "after": after, "op": operation,
            "source": {"ts_ms": 1_767_225_600_000 + lsn, "lsn": lsn, "table": "orders"}}


def order(number, customer, amount):
    return {"id": number, "customer": customer, "amount": amount}


def insertion(number, customer, amount, lsn):
    return envelope("c", lsn, after=order(number, customer, amount))


def to_json(document):
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


class Outcome:
    """What a run left: exit code, what it said, tables and dead letters."""

    def __init__(self, code, printed, said):
        self.code, self.said = code, said
        self.lines = [json.loads(line) for line in printed.splitlines()]
        self.dead_letters = [line["headers"] for line in self.lines if line["topic"].endswith(".dead-letter")]
        self.totals = {}
        for line in self.lines:
            if line["topic"] != "spend":
                continue
            if line["value"] is None:
                self.totals.pop(line["key"]["customer"], None)
            else:
                self.totals[line["key"]["customer"]] = (line["value"]["orders"], line["value"]["total"])

    def fates(self):
        """The counts of records that are not zero."""
        counts = re.search(r"^read (\d+): (.*)$", self.said, re.M)
        named = (part.rsplit(" ", 1) for part in counts[2].split(", "))
        return {"read": int(counts[1]), **{name: int(count) for name, count in named if count != "0"}}


class PipeTest(unittest.TestCase):
    """A folder with a topology, and `pipe` over files in it."""

    topology = TOPOLOGY

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write("topology.yaml", self.topology)

    def write(self, name, content):
        data = content if isinstance(content, bytes) else content.encode()
        (self.folder / name).write_bytes(data)
        return name

    def pipe(self, *arguments, given=b""):
        done = subprocess.run([binary, "pipe", "topology.yaml", *arguments], cwd=self.folder, input=given,
                              capture_output=True, check=False, timeout=60)
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    def pipe_lines(self, lines, *arguments):
        """`pipe --final` over a file of these lines."""
        self.write("input", "".join(line + "\n" for line in lines))
        return self.pipe("--final", "input", *arguments)


def main():
    global binary
    if len(sys.argv) < 2:
        sys.exit("usage: FILE BINARY [TEST ...]")
    binary = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=0)
