"""The slow reference: what a topology must answer, from the rules of the design document "Changes and time".

Written from the document, not from the engine. It reads what records mean (records.py), never their bytes; keeps
every applied row in a list; and computes each window from that list, all of it, whenever it is asked.
"""

import collections
import dataclasses
import math

import exact
from records import COLUMNS, TOPIC, Special
from topologies import Verdict
from views import spelled

MINUS_INFINITY = -math.inf


@dataclasses.dataclass
class Decision:
    """What a record came to at its source."""
    fate: str
    before: dict | None = None
    after: dict | None = None
    reason: str = ""


class TableReader:
    """`mode: table`: per key the stored row, the fence and the bit last_was_delete."""

    def __init__(self):
        self.rows, self.fences, self.was_delete = {}, {}, {}
        self.regressions = self.mismatches = 0

    def decide(self, record):
        if record.op in ("ignored", "t"):
            return Decision("ignored")
        if record.op == "broken":
            return Decision("dead", reason=record.reason)
        if record.op == "null":
            return self._tombstone(record)
        went_back = False
        if record.op != "r" and record.lsn is not None and record.key in self.fences:
            lsn, time_ms = self.fences[record.key]
            if record.lsn <= lsn and record.source_time_ms <= time_ms:
                self.was_delete[record.key] = record.op == "d"
                return Decision("duplicate")
            went_back = record.lsn <= lsn
        stored = self.rows.get(record.key)
        decision = self._delete(record) if record.op == "d" else self._upsert(record)
        if decision.fate != "dead" and stored and record.before:
            known = [name for name, value in record.before.items() if value is not None]
            self.mismatches += not same(stored, record.before, known)
        self.regressions += went_back and decision.fate != "dead"
        return decision

    def _tombstone(self, record):
        if record.kafka_key == "other":
            return Decision("ignored")
        if self.was_delete.pop(record.key, False):
            return Decision("ignored")
        self.fences.pop(record.key, None)
        stored = self.rows.pop(record.key, None)
        return Decision("applied", before=stored) if stored else Decision("unmatched")

    def _delete(self, record):
        self.was_delete[record.key] = True
        self._move_fence(record)
        stored = self.rows.pop(record.key, None)
        return Decision("applied", before=stored) if stored else Decision("unmatched")

    def _upsert(self, record):
        stored = self.rows.get(record.key)
        after = repaired(record, stored)
        if after is None:
            return Decision("dead", reason="unavailable_value")
        self.was_delete[record.key] = False
        if record.op != "r":
            self._move_fence(record)
        if stored is not None and same(stored, after):
            return Decision("unchanged", after=after)
        self.rows[record.key] = after
        return Decision("applied", before=stored, after=after)

    def _move_fence(self, record):
        if record.lsn is not None:
            highest = max(record.source_time_ms, self.fences.get(record.key, (0, 0))[1])
            self.fences[record.key] = (record.lsn, highest)


class FactReader:
    """`mode: events`: there is never a before, nothing is stored, duplicates are facts, snapshots may be."""

    regressions = mismatches = 0

    def __init__(self, include_snapshot):
        self.include_snapshot = include_snapshot
        self.rows = {}

    def decide(self, record):
        if record.op in ("ignored", "null") or (record.op == "r" and not self.include_snapshot):
            return Decision("ignored")
        if record.op == "broken":
            return Decision("dead", reason=record.reason)
        if record.op == "d":
            return Decision("applied", after=dict(record.before))
        after = repaired(record, None)
        return Decision("applied", after=after) if after else Decision("dead", reason="unavailable_value")


def repaired(record, stored):
    """The row with its placeholders replaced by the stored value, else the before image's; None if neither is known."""
    row = {}
    for name in COLUMNS:
        row[name] = record.after[name]
        for image in (stored, record.before):
            if row[name] is Special.UNAVAILABLE and image is not None:
                row[name] = image[name]
        if row[name] is Special.UNAVAILABLE:
            return None
    return row


def same(one, other, columns=COLUMNS):
    """Equal with the scale of amounts: 1.0 and 1.00 differ in what a sum prints."""
    return all(one[name] == other[name] and str(one[name]) == str(other[name]) for name in columns)


class StreamTime:
    """How far one source partition has come."""

    def __init__(self, out_of_orderness, max_ahead):
        self.out_of_orderness, self.max_ahead = out_of_orderness, max_ahead
        self.reached = MINUS_INFINITY
        self.ahead = 0

    def watermark(self):
        return self.reached - self.out_of_orderness

    def note(self, record, decision):
        """Deletes, tombstones, dead letters, what carries no row, and snapshot rows never advance it."""
        if record.op in ("c", "u") and decision.fate in ("applied", "unchanged"):
            if isinstance(decision.after["timestamp"], int):
                limit = record.source_time_ms * 1_000 + self.max_ahead
                self.ahead += decision.after["timestamp"] > limit
                self.reached = max(self.reached, min(decision.after["timestamp"], limit))


class Reference:
    """Runs a topology over placed records. After run(): tables, emissions, late, dead, fates, halves, observations."""

    def __init__(self, topology):
        self.topology = topology
        self.late, self.dead, self.facts = [], [], []
        self.fates, self.halves, self.observations = (collections.Counter() for _ in range(3))
        self.what = collections.Counter()  # kinds of changes met, for the mix
        self.reader_by_partition = {}
        self.view = topology.view()

    def run(self, placed_records):
        times = {}
        for placed in placed_records:
            partition = placed.partition
            if partition not in times:
                self.reader_by_partition[partition] = self._new_reader()
                times[partition] = StreamTime(self.topology.out_of_orderness, self.topology.max_ahead)
            reader, time = self.reader_by_partition[partition], times[partition]
            self._one(placed, reader, time)
        readers = self.reader_by_partition.values()
        self.observations["lsn_regression"] = sum(reader.regressions for reader in readers)
        self.observations["before_mismatch"] = sum(reader.mismatches for reader in readers)
        self.observations["ahead_of_clock"] = sum(time.ahead for time in times.values())
        return self

    def _new_reader(self):
        return FactReader(self.topology.include_snapshot) if self.topology.events else TableReader()

    def rows(self):
        """The table as the records told it."""
        return {key: row for reader in self.reader_by_partition.values() for key, row in reader.rows.items()}

    def kept_rows(self):
        """The rows that belong into a window, late or not: for events every one that ever was."""
        rows = self.facts if self.topology.events else self.rows().values()
        stepped = (self.topology.step(row) for row in rows)
        return [row for row in stepped if not isinstance(row, Verdict) and isinstance(row["timestamp"], int)]

    def _one(self, placed, reader, time):
        decision = reader.decide(placed.record)
        self.fates[decision.fate] += 1
        if decision.fate == "dead":
            self._dead_letter(placed, decision.reason)
        if placed.record.op == "null" and placed.record.kafka_key == "other" and not self.topology.events:
            self.observations["key_without_primary_key"] += 1
        if decision.fate == "applied":
            if self.topology.events:
                self.facts.append(decision.after)
            self._apply(placed, decision, time.watermark())
        time.note(placed.record, decision)

    def _dead_letter(self, placed, reason):
        self.dead.append({"reason": reason, "partition": str(placed.partition), "offset": str(placed.offset),
                          "topic": TOPIC, "key": placed.key_text, "value": placed.value_text})

    def _apply(self, placed, decision, watermark):
        before, after = self._stepped(placed, decision.before, False), self._stepped(placed, decision.after, True)
        if before is not None and after is not None and before == after and str(before) == str(after):
            self.halves["passed"] += 2
        elif self.topology.window is None:
            self.halves["passed"] += (before is not None) + (after is not None)
            self.view.change(before, after)
        else:
            self._apply_to_windows(placed, self._timed(placed, before, False), self._timed(placed, after, True),
                                   watermark)

    def _stepped(self, placed, row, is_after):
        """What the stateless steps make of a half, None if it does not go on."""
        if row is None:
            return None
        self.halves["entered"] += 1
        stepped = self.topology.step(row)
        if stepped is Verdict.FILTERED:
            self.halves["filtered"] += 1
        elif stepped is Verdict.FAILED:
            self._dead_half(placed, is_after, "expression_failed")
        else:
            return stepped
        return None

    def _timed(self, placed, row, is_after):
        """The half, None if no window can hold it."""
        if row is None or isinstance(row["timestamp"], int):
            return row
        self._dead_half(placed, is_after, "no_event_time")
        return None

    def _dead_half(self, placed, is_after, reason):
        """One dead letter for an after; a before that fails was never put in, and goes silently."""
        self.halves["dead" if is_after else "filtered"] += 1
        if is_after:
            self._dead_letter(placed, reason)

    def _apply_to_windows(self, placed, before, after, watermark):
        judged_before, judged_after = self._judged(before, watermark), self._judged(after, watermark)
        for half in (judged_before, judged_after):
            if half:
                self.halves["late" if half["late"] else "passed"] += 1
        before_is_late = bool(judged_before and judged_before["late"])
        after_is_late = bool(judged_after and judged_after["late"])
        if before_is_late or after_is_late:
            self._count_late(judged_before, judged_after)
            applied = "before" if before and not before_is_late else "after" if after and not after_is_late else "none"
            self.late.append({"pipeline": "changes", "step": "totals", "applied": applied, "before": judged_before,
                              "after": judged_after, "topic": TOPIC, "partition": placed.partition,
                              "offset": placed.offset, "lsn": placed.record.lsn,
                              "watermark": exact.instant(watermark)})
        self.view.change(None if before_is_late else before, None if after_is_late else after)

    def _count_late(self, before, after):
        if before and after:
            which = "the before" if not after["late"] else "the after" if not before["late"] else "both halves"
            self.what[f"update with {which} late"] += 1
        else:
            self.what["late deletion" if before else "late insertion"] += 1

    def _judged(self, row, watermark):
        if row is None:
            return None
        start, end = exact.window_of(row["timestamp"], self.topology.window)
        if self.topology.grace is not None:
            self.what["late by nothing"] += watermark == end + self.topology.grace
            self.what["in time by a microsecond"] += watermark == end + self.topology.grace - 1
        is_late = self.topology.grace is not None and watermark >= end + self.topology.grace
        return {"late": is_late, "group": self.topology.grouping.by(row), "window_start": exact.instant(start),
                "window_end": exact.instant(end),
                "columns": {name: spelled(row[name]) for name in self.topology.read_by_aggregates}}
