#!/usr/bin/env python3
"""The reference itself, on histories written by hand: each test is a sentence of "Changes and time" and its answer."""

import unittest

import exact
from records import Placed, Record, Special
from reference import Reference
from topologies import TOPOLOGIES

NOON = 1_790_000_000_000_000 // exact.MINUTE * exact.MINUTE  # the start of a minute, microseconds
SECOND = exact.SECOND


def row(key="t1", **changes):
    return {"id": key, "user_id": "ann", "currency": "USD", "amount": exact.number("12.50"), "kind": "payment",
            "timestamp": NOON, "note": None} | changes


def told(op, after=None, before=None, key=None, lsn=None, at=NOON, **others):
    key = key or (after or before)["id"]
    return Record(op, key, before, after, lsn, at // 1_000, **others)


def run(name, *records):
    placed = [Placed(record, 0, offset, "", "") for offset, record in enumerate(records)]
    return Reference(TOPOLOGIES[name]).run(placed)


def totals(reference):
    return [dict(value)["total"] for _, value in sorted(reference.view.table.items())]


class ChangesBecomeTotals(unittest.TestCase):
    def test_an_update_takes_back_the_stored_row_and_not_the_before_image(self):
        lie = row(amount=exact.number("999"))
        reference = run("minutes", told("c", row(), lsn=1), told("u", row(amount=exact.number("7.5")), lie, lsn=2))
        self.assertEqual(totals(reference), ["7.5"])

    def test_a_duplicate_changes_nothing(self):
        first = told("c", row(), lsn=5)
        reference = run("minutes", first, told("u", row(amount=exact.number("1")), lsn=6), first)
        self.assertEqual(totals(reference), ["1"])
        self.assertEqual(reference.fates, {"applied": 2, "duplicate": 1})

    def test_an_old_insert_does_not_revive_a_deleted_row(self):
        first = told("c", row(), lsn=5)
        reference = run("minutes", first, told("d", before=row(), lsn=6), told("null", key="t1"), first)
        self.assertEqual(totals(reference), [])
        self.assertEqual(reference.fates, {"applied": 2, "ignored": 1, "duplicate": 1})

    def test_a_bare_tombstone_deletes_the_row_and_clears_its_fence(self):
        first = told("c", row(), lsn=5)
        reference = run("minutes", first, told("null", key="t1"), first)
        self.assertEqual(totals(reference), ["12.50"])

    def test_a_snapshot_row_is_never_held_against_the_fence_and_never_moves_it(self):
        reference = run("minutes", told("c", row(), lsn=50), told("r", row(amount=exact.number("1")), lsn=7),
                        told("u", row(amount=exact.number("2")), lsn=40))
        self.assertEqual(totals(reference), ["1"])
        self.assertEqual(reference.fates, {"applied": 2, "duplicate": 1})

    def test_a_log_that_went_back_begins_a_new_epoch(self):
        reference = run("minutes", told("c", row(), lsn=50),
                        told("u", row(amount=exact.number("2")), lsn=9, at=NOON + SECOND))
        self.assertEqual(totals(reference), ["2"])
        self.assertEqual(reference.observations["lsn_regression"], 1)

    def test_a_placeholder_is_the_stored_value_else_the_before_images_else_a_dead_letter(self):
        hidden = row(note=Special.UNAVAILABLE)
        reference = run("minutes", told("c", row(note="long"), lsn=1), told("u", hidden, lsn=2))
        self.assertEqual(reference.rows()["t1"]["note"], "long")
        reference = run("minutes", told("u", hidden, row(note="old"), lsn=2))
        self.assertEqual(reference.rows()["t1"]["note"], "old")
        reference = run("minutes", told("u", hidden, lsn=2))
        self.assertEqual([letter["reason"] for letter in reference.dead], ["unavailable_value"])

    def test_a_row_without_event_time_is_retracted_and_not_put_in(self):
        reference = run("minutes", told("c", row(), lsn=1), told("u", row(timestamp=None), lsn=2),
                        told("d", before=row(), lsn=3))
        self.assertEqual(totals(reference), [])
        self.assertEqual([letter["reason"] for letter in reference.dead], ["no_event_time"])
        self.assertEqual(reference.halves, {"entered": 4, "passed": 2, "dead": 1, "filtered": 1})

    def test_a_row_that_stops_matching_leaves(self):
        reference = run("rows", told("c", row(), lsn=1), told("u", row(currency="EUR"), lsn=2))
        self.assertEqual(list(reference.view.history.values())[0][-1], None)

    def test_in_events_mode_duplicates_are_facts_and_a_delete_is_its_before_image(self):
        first = told("c", row())
        reference = run("facts", first, first, told("d", before=row()), told("r", row()))
        self.assertEqual(totals(reference), ["37.50"])
        self.assertEqual(reference.fates, {"applied": 3, "ignored": 1})


class SomeRowsAreLate(unittest.TestCase):
    """Topology grace_zero: minutes, no grace, no out-of-orderness, ten seconds ahead at most."""

    def test_a_window_closes_when_the_watermark_reaches_its_end(self):
        for before_the_end, is_late in ((1, False), (0, True)):
            last = row("a", timestamp=NOON + exact.MINUTE - before_the_end)
            reference = run("grace_zero", told("c", last, at=NOON + exact.MINUTE), told("c", row("b")))
            self.assertEqual(bool(reference.late), is_late)

    def test_a_record_is_judged_by_the_watermark_before_it(self):
        reference = run("grace_zero", told("c", row("a")), told("u", row("a", timestamp=NOON + 2 * exact.MINUTE)))
        self.assertEqual(reference.late, [])

    def test_the_halves_of_an_update_are_judged_separately(self):
        later = NOON + 2 * exact.MINUTE
        reference = run("grace_zero", told("c", row("a"), at=later), told("c", row("b", timestamp=later), at=later),
                        told("u", row("a", timestamp=later), at=later))
        self.assertEqual([(late["applied"], late["before"]["late"], late["after"]["late"]) for late in reference.late],
                         [("after", True, False)])
        self.assertEqual(totals(reference), ["12.50", "25.00"])

    def test_snapshot_rows_and_deletes_never_advance_the_watermark(self):
        later = row("a", timestamp=NOON + 9 * exact.MINUTE)
        reference = run("grace_zero", told("r", later, at=NOON + 9 * exact.MINUTE),
                        told("d", before=later, at=NOON + 9 * exact.MINUTE), told("c", row("b")))
        self.assertEqual(reference.late, [])

    def test_a_row_of_2099_moves_time_only_as_far_as_allowed(self):
        reference = run("grace_zero", told("c", row("a", timestamp=4_070_908_800_000_000)),
                        told("c", row("b", timestamp=NOON - exact.MINUTE)), told("c", row("c")))
        self.assertEqual([late["after"]["window_end"] for late in reference.late], [exact.instant(NOON)])
        self.assertEqual(reference.late[0]["watermark"], exact.instant(NOON + 10 * SECOND))


class NumbersAreExact(unittest.TestCase):
    def test_a_sum_has_the_largest_scale_present(self):
        self.assertEqual(exact.text(exact.total([exact.number("1.10"), exact.number("2"), exact.number("-3.1000")])),
                         "0.0000")

    def test_an_average_is_rounded_half_to_even(self):
        for texts, want in ((("0.01", "0.02"), "0.02"), (("0.03", "0.02"), "0.02"), (("-0.01", "0.00"), "0.00"),
                            (("1", "1", "0"), "0.67"), (("-1", "-1", "0"), "-0.67"), (("7",), "7.00")):
            self.assertEqual(exact.text(exact.mean([exact.number(text) for text in texts], 2)), want)

    def test_windows_before_1970_begin_by_floor(self):
        self.assertEqual(exact.window_of(-1, exact.MINUTE), (-exact.MINUTE, 0))

    def test_key_text_is_canonical(self):
        self.assertEqual([exact.canonical(exact.number(text)) for text in ("1.00", "10", "0.50", "-0.0")],
                         ["1", "10", "0.5", "0"])


if __name__ == "__main__":
    unittest.main()
