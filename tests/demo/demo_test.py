#!/usr/bin/python3
"""The demo's verdicts: each comparison is given something right, then something wrong. No server is started."""

import collections
import datetime
import decimal
import os
import pathlib
import sys
import tempfile
import types
import unittest
import unittest.mock

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
sys.path.insert(0, str(DEPLOY))

from servers.aggregates import aggregate_of
from servers.topic_reader import Record

from demo_parts import comparison, options, runs, screen
from demo_parts.heartbeat import Beat, Heartbeat
from demo_parts.outputs import CarelessReader, Outputs
from demo_parts.payments import KINDS, Payments
from demo_parts.table_watch import TableView

MINUTE = datetime.datetime(2026, 1, 1, 0, 7)
ANN = ("ann-1", "USD", MINUTE)
BEN = ("ben-1", "USD", MINUTE)


def row(*amounts):
    """The row of a window with these amounts."""
    decimals = [decimal.Decimal(amount) for amount in amounts]
    return aggregate_of(len(decimals), len(decimals), sum(decimals), min(decimals), max(decimals))


class ComparisonTest(unittest.TestCase):
    """Verdicts while rows change."""

    def verdict(self, shown, truth, changes=None):
        """The verdict on ann's window."""
        view = TableView({ANN: truth} if truth else {}, {ANN: changes} if changes else {})
        (compared,) = comparison.compare({ANN: shown} if shown else {}, view)
        return compared.verdict

    def test_equal_as_numbers(self):
        self.assertEqual("=", self.verdict(row("10.50"), row("10.5")))

    def test_what_changed_since_the_beat_is_behind(self):
        self.assertEqual("2 rows behind", self.verdict(row("10"), row("11"), changes=2))
        self.assertEqual("1 row behind", self.verdict(None, row("11"), changes=1))

    def test_what_did_not_change_has_no_excuse(self):
        self.assertEqual("WRONG", self.verdict(row("10"), row("10.01")))
        self.assertEqual("WRONG", self.verdict(None, row("11")))
        self.assertEqual("WRONG", self.verdict(row("11"), None))


class FinalTest(unittest.TestCase):
    """The comparison of everything at the end."""

    def test_windows_of_users(self):
        right = {ANN: row("1", "2"), BEN: row("3")}
        self.assertEqual([], comparison.faults_of_users(right, dict(right)))
        for wrong in ({ANN: row("1", "2")}, right | {ANN: row("1", "2.01")},
                      right | {("cho", "USD", MINUTE): row("1")}):
            self.assertEqual(1, len(comparison.faults_of_users(wrong, right)))

    def late_record(self, half, amount):
        """A late record with one late half."""
        return {"before": None, "after": None} | {
            half: {"late": True, "columns": {"amount": amount},
                   "group": {"merchant_name": "ann-1", "currency": "USD"},
                   "window_start": "2026-01-01T00:07:00.000000Z"}}

    def test_shown_plus_late_is_the_truth(self):
        truth = {ANN: (2, decimal.Decimal(5), decimal.Decimal(3))}
        shown = {ANN: (1, decimal.Decimal(2), decimal.Decimal(2))}
        late = self.late_record("after", "3")
        self.assertEqual([], comparison.faults_of_merchants(shown, [late], truth))
        self.assertEqual(1, len(comparison.faults_of_merchants(shown, [], truth)))
        self.assertEqual(1, len(comparison.faults_of_merchants(shown, [late, late], truth)))

    def test_a_late_half_before_is_taken_out(self):
        shown = {ANN: (1, decimal.Decimal(2), decimal.Decimal(2))}
        self.assertEqual([], comparison.faults_of_merchants(shown, [self.late_record("before", "2")], {}))

    def test_the_largest_counts_where_nothing_was_late(self):
        truth = {ANN: (2, decimal.Decimal(5), decimal.Decimal(3))}
        shown = {ANN: (2, decimal.Decimal(5), decimal.Decimal(4))}
        self.assertEqual(1, len(comparison.faults_of_merchants(shown, [], truth)))


class BeatTest(unittest.TestCase):
    """When a beat counts as shown."""

    def test_every_payment_of_it_must_be_there(self):
        beats = [Beat(1, MINUTE, 1, "s1"), Beat(2, MINUTE, 2, "s2")]
        heart = types.SimpleNamespace(users=["a", "b"], merchants=[], sent=beats)

        def newest(**payments):
            found = Heartbeat.newest_shown(heart, {"user": lambda window: payments.get(window[0], 0)})
            return found and found.number
        self.assertIsNone(newest(a=5))
        self.assertEqual(1, newest(a=2, b=1))
        self.assertEqual(2, newest(a=2, b=2))


class ReadersTest(unittest.TestCase):
    """What counts as seen without care."""

    def test_what_the_careful_reader_passed_by(self):
        careful, careless = Outputs("", []), CarelessReader("", [])
        records = [Record("spend-per-user.dead-letter", 0, offset, 0, None, None, ()) for offset in range(5)]
        careless.take(records)
        careful.take([records[0], records[3]])
        careless.judge(careful)
        self.assertEqual(2, careless.uncommitted, "1 and 2; whether 4 is committed nobody knows yet")
        careful.take([records[4]])
        careless.judge(careful)
        self.assertEqual(2, careless.uncommitted)


class PaymentsTest(unittest.TestCase):
    """What customers do, on a table that is a set of keys."""

    def execute(self, statement, parameters):
        """Does what PostgreSQL would, and fails where there is no such row."""
        verb = statement.split()[0]
        if verb == "INSERT":
            self.assertNotIn(parameters[0], self.rows)
            self.rows.add(parameters[0])
        else:
            self.assertIn(parameters[-1], self.rows)
            if verb == "DELETE":
                self.rows.remove(parameters[-1])

    def test_every_kind_of_change_as_often_as_said(self):
        self.rows = set()
        payments = Payments("", 200, seed=1)
        counts = collections.Counter(payments.change(self) for _ in range(20_000))
        self.assertEqual(counts["insert"] - counts["delete"], len(self.rows))
        for kind, share in KINDS.items():
            self.assertAlmostEqual(share / 100, counts[kind] / 20_000, delta=0.02, msg=kind)


class RunFolderTest(unittest.TestCase):
    """Which folders are a run's."""

    def test_only_what_a_demo_made_is_removed(self):
        with tempfile.TemporaryDirectory() as base, unittest.mock.patch.dict(os.environ, {"TALLYMILL_DEMO": base}):
            pathlib.Path(base).chmod(0o711)
            foreign = pathlib.Path(base) / "2026-backup"
            foreign.mkdir()
            run = runs.RunFolder.claim()
            self.assertEqual(os.getpid(), run.owner)
            run.write("demo.pid", f"{os.getpid()} 1\n")  # that pid, but of a process that began at another time
            self.assertIsNone(run.owner)
            runs.stop_all()
            self.assertEqual([foreign], list(pathlib.Path(base).iterdir()))


class ScreenTest(unittest.TestCase):
    """What is on it."""

    def test_fits_a_terminal_of_80_columns_and_24_lines(self):
        window = comparison.Compared(ANN, row("123456.78"), None, "12 rows behind")
        counts = {"insert": 123_456, "update": 43_456, "move": 12_345, "delete": 21_345}
        scene = types.SimpleNamespace(
            elapsed=3600.0, seconds=7200, counts=counts, figure=lambda name: {"latency": "1.25"}.get(name, "12,345"),
            late=12_345, dead="12 + 12", verdicts="1234 =, 123 behind, 0 WRONG", uncommitted=123, newest=[window] * 99,
            instances=["1 50% (123456)", "2 50% (123456)", "late (123456)"],
            notice="killed tallymill-1 (SIGKILL) in a transaction, open in 4 partitions", postgres_port=26288,
            pid_to_kill=123456, urls=["http://127.0.0.1:16089/console", "http://127.0.0.1:23113"])
        lines = screen.whole(scene, 24)
        self.assertEqual(24, len(lines))
        self.assertEqual([], [line for line in lines if len(line) > 80])


class OptionsTest(unittest.TestCase):
    """Wrong usage ends with 2."""

    def test_wrong_usage(self):
        for words in (["--seconds", "0"], ["--seconds", "soon"], ["--sabotage"], ["--nothing"],
                      ["--tallymill", "/nowhere"]):
            with self.assertRaises(SystemExit) as ended:
                options.parse(words)
            self.assertEqual(2, ended.exception.code, words)


if __name__ == "__main__":
    unittest.main()
