#!/usr/bin/python3
"""Shows that the comparisons of integration_test.py can fail: each is given something right, then something wrong.

Usage: verdict_test.py
"""

import datetime
import decimal
import json
import pathlib
import sys
import types
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))

from history import Payment
from servers.aggregates import aggregate_of, half_even_mean
from truth import Step
from verdict import (SourceLog, Verdict, check_dead_letters, check_killed, check_late, check_passage, check_windows,
                     graced_value, spend_value, values_by_group)

MINUTE = datetime.datetime(2026, 1, 1)
GROUP = ("ann", "USD", MINUTE)
KEY = json.dumps({"user_id": "ann", "currency": "USD", "window_start": "2026-01-01T00:00:00.000000Z"}).encode()


def payment(key, amount, minutes=0):
    """A payment of ann's; without an amount if None."""
    amount = None if amount is None else decimal.Decimal(amount)
    return Payment(key, "ann", "USD", amount, MINUTE + datetime.timedelta(minutes=minutes))


def aggregate(*amounts):
    """The row of a window with these amounts."""
    amounts = [decimal.Decimal(amount) for amount in amounts]
    return aggregate_of(len(amounts), len(amounts), sum(amounts), min(amounts), max(amounts)) if amounts else None


def record(offset, value, key=KEY, topic="out", headers=()):
    """A record of the independent reader's, as far as the comparisons look at it."""
    value = None if value is None else json.dumps(value).encode()
    return types.SimpleNamespace(topic=topic, partition=0, offset=offset, key=key, value=value, headers=headers)


def late(offset, half, amount):
    """A record of the late topic: one half of a change came too late."""
    side = {"late": True, "group": {"user_id": "ann", "currency": "USD"},
            "window_start": "2026-01-01T00:00:00.000000Z", "columns": {"amount": amount}}
    origin = {"topic": "in", "partition": 0, "offset": offset}
    return record(offset, origin | {"before": None, "after": None} | {half: side})


class VerdictTest(unittest.TestCase):
    """Every case gives `faults` the number that it must find."""

    def faults(self, check, *arguments):
        verdict = Verdict()
        check(verdict, *arguments)
        if verdict.faults:
            self.assertRaises(AssertionError, verdict.end)
        else:
            verdict.end()
        return len(verdict.faults)

    def test_windows(self):
        truth = {GROUP: aggregate("1", "2.50")}
        self.assertEqual(self.faults(check_windows, {GROUP: [aggregate("1"), aggregate("1.0", "2.5")]}, truth), 0)
        self.assertEqual(self.faults(check_windows, {GROUP: [aggregate("1", "2.51")]}, truth), 1)
        self.assertEqual(self.faults(check_windows, {}, truth), 1)
        self.assertEqual(self.faults(check_windows, {GROUP: [aggregate("1"), None]}, {}), 0)
        self.assertEqual(self.faults(check_windows, {GROUP: [aggregate("1")]}, {}), 1)

    def passage(self, values, steps, partitions=None):
        return self.faults(check_passage, {GROUP: values}, steps, partitions or {"p": 0, "q": 0, "r": 1})

    def test_passage_in_one_partition_is_the_order_of_commits(self):
        steps = [Step(None, payment("p", 1)), Step(None, payment("q", 2)), Step(payment("p", 1), payment("p", 5))]
        self.assertEqual(self.passage([aggregate(1), aggregate(1, 2), aggregate(5, 2)], steps), 0)
        self.assertEqual(self.passage([aggregate(5, 2)], steps), 0, "states may be skipped")
        self.assertEqual(self.passage([aggregate(2)], steps), 1, "the second was never there alone")
        self.assertEqual(self.passage([aggregate(1, 2), aggregate(1)], steps), 1, "never back")
        self.assertEqual(self.passage([aggregate(1, 1)], steps), 1, "counted twice")

    def test_passage_of_two_partitions(self):
        steps = [Step(None, payment("p", 1)), Step(None, payment("r", 2)), Step(payment("p", 1), None)]
        self.assertEqual(self.passage([aggregate(2), aggregate(1, 2), aggregate(2)], steps), 0)
        self.assertEqual(self.passage([aggregate(1), None, aggregate(2)], steps), 0)
        self.assertEqual(self.passage([None, aggregate(1, 2)], steps), 0, "nothing is where every group begins")
        self.assertEqual(self.passage([aggregate(1, 2), None], steps), 1, "the other partition's row is forgotten")

    def test_passage_of_a_changed_key_is_two_records(self):
        steps = [Step(None, payment("p", 1)), Step(payment("p", 1), payment("q", 1))]
        self.assertEqual(self.passage([aggregate(1), None, aggregate(1)], steps), 0)
        self.assertEqual(self.passage([aggregate(1), aggregate(1, 1)], steps), 1)

    def test_late(self):
        truth = {GROUP: aggregate(1, 2)}
        shown = {GROUP: [(1, 1, decimal.Decimal(1))]}
        self.assertEqual(self.faults(check_late, shown, [late(1, "after", "2")], truth), 0)
        self.assertEqual(self.faults(check_late, shown, [], truth), 1)
        self.assertEqual(self.faults(check_late, shown, [late(1, "after", "2.1")], truth), 1)
        self.assertEqual(self.faults(check_late, shown, [late(1, "before", "1")], {}), 0)
        twice = [late(1, "after", "1"), late(1, "after", "1")]
        self.assertEqual(self.faults(check_late, {}, twice, {GROUP: aggregate(1, 1)}), 1, "one record, twice late")

    def test_killed_transactions(self):
        mine, other = record(4, {}), record(5, {})
        killed = [types.SimpleNamespace(transactional_id="t", first_records=(mine,), seen=(mine, other))]
        self.assertEqual(self.faults(check_killed, killed, [other]), 0)
        self.assertEqual(check_killed(Verdict(), killed, [other]), 1)
        self.assertEqual(self.faults(check_killed, killed, [mine, other]), 1)

    def test_dead_letters(self):
        def letter(offset, reason=b"no_event_time"):
            return record(0, None, headers=(("tallymill.reason", reason), ("tallymill.partition", b"0"),
                                            ("tallymill.offset", offset)))
        steps = [Step(None, Payment("p", "ann", "USD", None, None)), Step(None, payment("q", 1))]
        self.assertEqual(self.faults(check_dead_letters, [letter(b"1")], steps), 0)
        self.assertEqual(self.faults(check_dead_letters, [], steps), 1)
        self.assertEqual(self.faults(check_dead_letters, [letter(b"1"), letter(b"1")], steps), 1)
        self.assertEqual(self.faults(check_dead_letters, [letter(b"1", b"wrong_type")], steps), 1)

    def test_duplicates_are_counted(self):
        def change(op, lsn):
            return record(0, {"payload": {"op": op, "source": {"lsn": lsn}}}, key=b'{"transaction_id": "p"}')
        self.assertEqual(SourceLog([change("c", 1), change("d", 2), change("c", 2)]).duplicates, 0)
        self.assertEqual(SourceLog([change("c", 1), change("u", 2), change("c", 1), change("u", 2)]).duplicates, 2)
        self.assertEqual(SourceLog([change("r", 1), change("r", 1)]).duplicates, 0, "a snapshot's rows share one lsn")

    def test_values_are_read_from_json(self):
        row = {"payments": 2, "total": "3.50", "smallest": "1", "largest": "2.5", "mean": "1.750000"}
        read = values_by_group([record(0, row), record(1, None)], spend_value)
        self.assertEqual(read, {GROUP: [aggregate("1", "2.5"), None]})
        row = {"payments": 2, "amounts": 0, "total": None}
        self.assertEqual(values_by_group([record(0, row)], graced_value), {GROUP: [(2, 0, 0)]})

    def test_a_mean_is_rounded_half_even(self):
        self.assertEqual(half_even_mean(decimal.Decimal("0.000001"), 2), decimal.Decimal("0"))
        self.assertEqual(half_even_mean(decimal.Decimal("0.000003"), 2), decimal.Decimal("0.000002"))
        self.assertEqual(half_even_mean(decimal.Decimal("-0.000003"), 2), decimal.Decimal("-0.000002"))
        self.assertEqual(half_even_mean(decimal.Decimal("2"), 3), decimal.Decimal("0.666667"))


if __name__ == "__main__":
    program = unittest.main(exit=False)
    print(f"{program.result.testsRun} comparisons can fail")
    sys.exit(not program.result.wasSuccessful())
