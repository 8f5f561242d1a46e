#!/usr/bin/env python3
"""The reference itself, on histories written by hand: each test is a sentence of "Changes and time" and its answer."""

import dataclasses
import unittest

import exact
from capture import Capture
from records import HOME, Placed, Record, Special, Table
from reference import Reference
from topologies import TOPOLOGIES

NOON = 1_790_000_000_000_000 // exact.MINUTE * exact.MINUTE  # the start of a minute, microseconds
SECOND = exact.SECOND


PLAIN = Capture(mode="table", key="identity", tables="one", forms=("plain",), steps=0, full_identity=True, has_lsn=True,
                has_time=True, tombstones=True, clock="steady", snapshot_clock="right", calm=True, one_lsn=False)


def row(key="t1", **changes):
    return {"id": key, "user_id": "ann", "currency": "USD", "amount": exact.number("12.50"), "kind": "payment",
            "timestamp": NOON, "note": None, "quantity": 1} | changes


def amount(text, key="t1", **changes):
    return row(key, amount=exact.number(text), **changes)


def told(op, after=None, before=None, key=None, lsn=None, at=NOON, **others):
    key = key or (after or before)["id"]
    time_ms = None if at is None else at // 1_000
    others = {"key_columns": (("id", key),), "told_ms": time_ms} | others
    return Record(op, key, before, after, lsn, time_ms, **others)


def run(name, *records, partitions=1, **capture):
    topology = TOPOLOGIES[name]
    placed = [Placed(record, 0, offset, partitions, "", "") for offset, record in enumerate(records)]
    return Reference(topology, dataclasses.replace(PLAIN, mode=topology.mode, **capture)).run(placed)


def reasons(reference):
    return [letter["reason"] for letter in reference.dead]


def fates(reference):
    return {fate: count for fate, count in reference.fates.items() if count}


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
        self.assertEqual(fates(reference), {"applied": 2, "duplicate": 1})

    def test_an_old_insert_does_not_revive_a_deleted_row(self):
        first = told("c", row(), lsn=5)
        reference = run("minutes", first, told("d", before=row(), lsn=6), told("null", key="t1"), first)
        self.assertEqual(totals(reference), [])
        self.assertEqual(fates(reference), {"applied": 2, "ignored": 1, "duplicate": 1})

    def test_a_bare_tombstone_deletes_the_row_and_clears_its_fence(self):
        first = told("c", row(), lsn=5)
        reference = run("minutes", first, told("null", key="t1"), first)
        self.assertEqual(totals(reference), ["12.50"])

    def test_a_snapshot_row_is_never_held_against_the_fence_and_never_moves_it(self):
        reference = run("minutes", told("c", row(), lsn=50), told("r", amount("1"), lsn=7),
                        told("u", amount("2"), lsn=40))
        self.assertEqual(totals(reference), ["1"])
        self.assertEqual(fates(reference), {"applied": 2, "duplicate": 1})

    def test_a_log_that_went_back_begins_a_new_epoch(self):
        reference = run("minutes", told("c", row(), lsn=50),
                        told("u", row(amount=exact.number("2")), lsn=9, at=NOON + SECOND))
        self.assertEqual(totals(reference), ["2"])
        self.assertEqual(reference.observations["lsn_regression"], 1)

    def test_a_row_without_event_time_is_retracted_and_not_put_in(self):
        reference = run("minutes", told("c", row(), lsn=1), told("u", row(timestamp=None), lsn=2),
                        told("d", before=row(), lsn=3))
        self.assertEqual(totals(reference), [])
        self.assertEqual([letter["reason"] for letter in reference.dead], ["no_event_time"])
        self.assertEqual(+reference.images, {"received": 4, "passed": 2, "dead": 1, "filtered": 1})

    def test_a_row_that_stops_matching_leaves(self):
        reference = run("rows", told("c", row(), lsn=1), told("u", row(currency="EUR"), lsn=2))
        self.assertEqual(list(reference.view.history.values())[0][-1], None)

    def test_in_events_mode_duplicates_are_facts_and_a_delete_is_its_before_image(self):
        first = told("c", row())
        reference = run("facts", first, first, told("d", before=row()), told("r", row()))
        self.assertEqual(totals(reference), ["37.50"])
        self.assertEqual(fates(reference), {"applied": 3, "ignored": 1})


class RecordsComeAgain(unittest.TestCase):
    LATER, LATEST = NOON + SECOND, NOON + 2 * SECOND

    def ends(self, want, *records, **capture):
        """After the records the table has these amounts."""
        rows = run("minutes", *records, **capture).rows()
        self.assertEqual({key: None if rows[key]["amount"] is None else str(rows[key]["amount"]) for key in rows}, want)

    def test_a_range_with_a_snapshot_row_and_its_update(self):
        batch = [told("r", amount("10"), lsn=5), told("u", amount("7"), lsn=6, at=self.LATER)]
        self.ends({"t1": "7"}, *batch, *batch)

    def test_a_range_with_a_snapshot_row_and_its_delete(self):
        batch = [told("r", amount("10"), lsn=5), told("d", before=row(), lsn=6, at=self.LATER), told("null", key="t1")]
        self.ends({}, *batch, *batch)

    def test_positions_of_snapshot_rows_are_compared_part_by_part(self):
        first = told("r", amount("1"), lsn=5, transaction=7)
        for others, want in (({"at": self.LATER}, "2"), ({"at": NOON - SECOND}, "1"),
                             ({"lsn": 6}, "2"), ({"lsn": 4}, "1"),
                             ({"transaction": 8}, "2"), ({}, "1"), ({"lsn": None, "transaction": 8}, "2"),
                             ({"lsn": None, "transaction": None}, "1"),
                             ({"lsn": None, "transaction": None, "at": None}, "2")):
            self.ends({"t1": want}, first, told("r", amount("2"), **({"lsn": 5, "transaction": 7} | others)))

    def test_a_change_of_the_kafka_key_is_a_delete_and_an_insert_of_one_lsn(self):
        split = [told("d", before=row(), lsn=6, at=self.LATER), told("null", key="t1"),
                 told("c", amount("7"), lsn=6, at=self.LATER)]
        self.ends({"t1": "7"}, told("c", amount("1"), lsn=5), *split)
        self.ends({"t1": "7"}, told("c", amount("1"), lsn=5), *split, *split)

    def test_a_transaction_of_one_lsn_ends_as_it_ended(self):
        one = [told("c", amount("1"), lsn=5), told("u", amount("2"), lsn=5)]
        self.ends({"t1": "2"}, *one, *one)
        self.ends({}, *one, told("d", before=row(), lsn=5), *one, told("d", before=row(), lsn=5))

    def test_a_second_delete_at_one_lsn_is_a_duplicate(self):
        deletion = told("d", before=row(), lsn=5)
        self.assertEqual(fates(run("minutes", deletion, deletion)), {"unmatched": 1, "duplicate": 1})

    def test_what_a_repeat_does_not_say_is_no_difference(self):
        first = told("c", amount("1", note="long"), lsn=5)
        for lacking in (told("c", row(amount=None, note="long"), lsn=5),
                        told("c", amount("1", note=Special.UNAVAILABLE), lsn=5),
                        told("c", amount("1"), lsn=5, absent=frozenset(["note"]))):
            self.assertEqual(fates(run("minutes", first, lacking)), {"applied": 1, "duplicate": 1})

    def test_at_the_fence_a_snapshot_row_has_the_last_word(self):
        self.ends({"t1": "2"}, told("c", amount("1"), lsn=5), told("r", amount("2"), lsn=9, at=self.LATER),
                  told("c", amount("1"), lsn=5), told("d", before=row(), lsn=5))

    def test_in_a_new_epoch_what_the_old_log_told_is_a_duplicate_whatever_its_lsn(self):
        old = [told("c", amount("1"), lsn=900), told("u", amount("2"), lsn=950, at=self.LATER)]
        self.ends({"t1": "3"}, *old, told("u", amount("3"), lsn=10, at=self.LATEST), *old)

    def test_in_a_new_epoch_a_snapshot_by_a_clock_that_is_behind_counts_and_a_repeat_does_not(self):
        past = [told("r", amount("1"), lsn=9, at=NOON + exact.MINUTE), told("u", amount("2"), lsn=950, at=NOON),
                told("u", amount("3"), lsn=10, at=self.LATER)]
        self.ends({"t1": "4"}, *past, told("r", amount("4"), lsn=11, at=self.LATEST))
        self.ends({"t1": "3"}, *past, told("r", amount("1"), lsn=9, at=NOON + exact.MINUTE))

    def test_the_same_lsn_with_a_later_time_went_back_as_well(self):
        reference = run("minutes", told("c", amount("1"), lsn=5), told("d", before=row(), lsn=5, at=self.LATER))
        self.assertEqual(reference.observations["lsn_regression"], 1)
        self.assertEqual(reference.rows(), {})

    def test_a_snapshot_that_changes_nothing_moves_no_money(self):
        reference = run("commit_minutes", told("c", row(), lsn=5), told("r", row(), lsn=9, at=NOON + 5 * exact.MINUTE))
        self.assertEqual(list(dict(reference.view.table))[0][-1], ("window_start", exact.instant(NOON)))
        self.assertEqual(fates(reference), {"applied": 1, "unchanged": 1})


class RowsHaveAnIdentity(unittest.TestCase):
    def test_an_update_with_another_primary_key_leaves_its_row(self):
        moved = told("u", amount("2", "b"), row("a"), key="b", lsn=6, left_key="a", at=NOON + SECOND)
        first = told("c", amount("1", "a"), lsn=5)
        for log in ((first, moved), (first, moved, first, moved)):
            self.assertEqual(list(run("minutes", *log).rows()), ["b"])

    def test_the_two_rows_are_judged_by_their_own_fences(self):
        moved = told("u", amount("2", "b"), row("a"), key="b", lsn=6, left_key="a")
        reference = run("minutes", told("c", row("a"), lsn=9), told("c", amount("1", "b"), lsn=5), moved)
        self.assertEqual({key: str(each["amount"]) for key, each in reference.rows().items()}, {"a": "12.50", "b": "2"})

    def test_several_partitions_want_a_key_that_says_the_row(self):
        for form in ("exceeds", "lacks", "none"):
            for partitions, want in ((1, []), (2, ["key_not_identity"])):
                reference = run("minutes", told("c", row(), lsn=5, key_form=form), partitions=partitions)
                self.assertEqual(reasons(reference), want)

    def test_a_tombstone_that_names_no_row_is_ignored_where_an_envelope_said_it(self):
        nameless = told("null", key="t1", key_form="lacks")
        self.assertEqual(reasons(run("minutes", told("c", row(), lsn=5, key_form="lacks"), nameless)), [])
        self.assertEqual(reasons(run("minutes", told("c", row(), lsn=5, key_form="lacks", flattened=True), nameless)),
                         ["key_not_identity"])

    def test_a_row_of_another_table_is_never_an_overwrite(self):
        other = told("u", amount("99"), lsn=6, table=dataclasses.replace(HOME, schema="archive"))
        first = told("c", row(), lsn=5, table=HOME)
        self.assertEqual(reasons(run("minutes", first, other)), ["other_table"])
        self.assertEqual(totals(run("minutes", first, other)), ["12.50"])
        self.assertEqual(totals(run("minutes", first, other, tables="parts")), ["99"])

    def test_only_parts_that_both_state_are_compared(self):
        first, vague = told("c", row(), lsn=5, table=HOME), told("u", amount("9"), lsn=6, table=Table(table=HOME.table))
        self.assertEqual(totals(run("minutes", first, vague)), ["9"])

    def test_the_null_behind_a_delete_of_another_table_says_nothing_of_the_row(self):
        deletion = told("d", before=row(), lsn=6, table=dataclasses.replace(HOME, schema="archive"))
        reference = run("minutes", told("c", row(), lsn=5, table=HOME), deletion, told("null", key="t1"))
        self.assertEqual(totals(reference), ["12.50"])

    def test_behind_a_primary_key_from_metadata_a_null_is_only_the_word_behind_a_delete(self):
        def of(op, schema, **others):
            return told(op, row() if op == "c" else None, row() if op == "d" else None, key=schema + "/t1",
                        key_columns=(("id", "t1"),), table=dataclasses.replace(HOME, schema=schema), **others)

        log = [of("c", "north", lsn=5), of("c", "south", lsn=6), of("d", "north", lsn=7), of("null", "north")]
        reference = run("minutes", *log, of("null", "south"), tables="schemas")
        self.assertEqual(list(reference.rows()), ["south/t1"])
        self.assertEqual(reasons(reference), ["key_not_identity"])
        self.assertEqual(reasons(run("minutes", *log[:3], of("c", "north", lsn=8), log[3], tables="schemas")),
                         ["key_not_identity"])


class RecordsThatCannotBeApplied(unittest.TestCase):
    UNREADABLE = told("u", amount("20"), lsn=6, reason="wrong_type")

    def test_take_out_the_row_that_they_replace_and_a_repeat_is_a_duplicate(self):
        reference = run("minutes", told("c", row(), lsn=5), self.UNREADABLE, self.UNREADABLE)
        self.assertEqual(totals(reference), [])
        self.assertEqual(fates(reference), {"applied": 1, "dead": 1, "duplicate": 1})

    def test_the_next_good_record_inserts(self):
        reference = run("minutes", told("c", row(), lsn=5), self.UNREADABLE, told("u", amount("7"), lsn=7))
        self.assertEqual(totals(reference), ["7"])
        self.assertEqual(reference.dead_keys(), set())

    def test_an_older_one_is_a_duplicate_and_no_dead_letter(self):
        reference = run("minutes", told("c", row(), lsn=9), self.UNREADABLE)
        self.assertEqual((totals(reference), reasons(reference)), (["12.50"], []))

    def test_of_which_nobody_can_say_the_row_take_nothing_out(self):
        stray = dataclasses.replace(self.UNREADABLE, key=None)
        reference = run("minutes", told("c", row(), lsn=5), stray)
        self.assertEqual((totals(reference), reasons(reference)), (["12.50"], ["wrong_type"]))
        self.assertEqual(reference.observations["identity_unknown"], 1)

    def test_a_snapshot_row_as_well(self):
        unreadable = told("r", row(), lsn=9, at=NOON + SECOND, reason="wrong_type")
        reference = run("minutes", told("c", row(), lsn=5), unreadable, unreadable)
        self.assertEqual(totals(reference), [])
        self.assertEqual(fates(reference), {"applied": 1, "dead": 1, "duplicate": 1})


class ValuesThatAreNotTold(unittest.TestCase):
    HIDDEN = row(note=Special.UNAVAILABLE)

    def note(self, *records, **capture):
        return run("minutes", *records, **capture).rows()["t1"]["note"]

    def test_of_an_update_it_is_the_stored_value_else_the_before_images(self):
        self.assertEqual(self.note(told("c", row(note="long"), lsn=1), told("u", self.HIDDEN, lsn=2)), "long")
        self.assertEqual(self.note(told("u", self.HIDDEN, row(note="old"), lsn=2)), "old")
        self.assertEqual(self.note(told("u", self.HIDDEN, lsn=2)), Special.UNAVAILABLE)

    def test_a_null_of_a_before_image_without_full_identity_is_no_value(self):
        self.assertEqual(self.note(told("u", self.HIDDEN, row(note=None), lsn=2)), Special.UNAVAILABLE)

    def test_of_an_insert_it_is_the_stored_value_only_if_a_snapshot_read_it_since(self):
        insert = told("c", self.HIDDEN, lsn=9, at=NOON + SECOND)
        stale = told("r", row(note="stale"), lsn=5)
        self.assertEqual(self.note(stale, insert), Special.UNAVAILABLE)
        self.assertEqual(self.note(told("r", row(note="read"), lsn=5, at=NOON + SECOND), insert), "read")

    def test_of_a_key_change_it_is_the_value_of_the_row_that_is_left(self):
        moved = told("u", row(note=Special.UNAVAILABLE), row("a", note=None), lsn=9, left_key="a")
        left, other = told("c", row("a", note="left"), lsn=5), told("c", row(note="other"), lsn=6)
        self.assertEqual(self.note(left, other, moved), "left")
        self.assertEqual(self.note(other, moved), Special.UNAVAILABLE)
        self.assertEqual(self.note(told("r", row("a", note="read"), lsn=5), moved), Special.UNAVAILABLE)

    def test_what_reads_it_is_a_dead_letter_and_all_else_goes_on(self):
        hidden = told("u", row(amount=Special.UNAVAILABLE), lsn=2)
        reference = run("minutes", hidden, told("u", amount("3"), lsn=3))
        self.assertEqual((totals(reference), reasons(reference)), (["3"], ["unavailable_value"]))
        self.assertEqual(reasons(run("rows", told("u", self.HIDDEN, lsn=2))), ["unavailable_value"])
        self.assertEqual(reasons(run("minutes", told("u", self.HIDDEN, lsn=2))), [])

    def test_an_absent_column_is_what_the_declaration_says(self):
        lacking = told("u", row(kind="new"), lsn=2, absent=frozenset(["kind"]))
        for absent, want in (("keep", "payment"), ("null", None)):
            reference = run("minutes", told("c", row(), lsn=1), lacking, absent=absent)
            self.assertEqual(reference.rows()["t1"]["kind"], want)


class WithoutAPrimaryKey(unittest.TestCase):
    def test_the_before_image_is_taken_out_and_a_repeat_counts_again(self):
        first = told("c", row())
        reference = run("keyless", first, first, told("u", amount("2"), row()), told("d", before=amount("2")))
        self.assertEqual(totals(reference), ["12.50"])

    def test_without_it_nothing_of_the_record_is_applied(self):
        reference = run("keyless", told("c", row()), told("u", amount("2")))
        self.assertEqual((totals(reference), reasons(reference)), (["12.50"], ["missing_image"]))

    def test_what_it_leaves_may_be_unreadable(self):
        reference = run("keyless", told("c", row()), told("u", amount("2"), row(), reason="wrong_type"))
        self.assertEqual((totals(reference), reasons(reference)), ([], ["wrong_type"]))

    def test_an_event_whose_delete_cannot_be_read_is_no_fact_of_nulls(self):
        reference = run("facts", told("d", before=row(), before_reason="wrong_type"))
        self.assertEqual((totals(reference), reasons(reference)), ([], ["wrong_type"]))


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

    def test_the_images_of_an_update_are_judged_separately(self):
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


    def test_without_source_time_the_records_own_time_caps_it(self):
        future = told("c", row("a", timestamp=4_070_908_800_000_000), at=None, told_ms=NOON // 1_000)
        reference = run("grace_zero", future, told("c", row("b", timestamp=NOON - exact.MINUTE), at=None, told_ms=0))
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
