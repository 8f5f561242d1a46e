"""The slow reference: what a topology must answer, from the rules of the design document "Changes and time".

Written from the document, not from the engine. It reads what records mean (records.py), never their bytes; keeps
every applied row in a list; and computes each window from that list, all of it, whenever it is asked.
"""

import collections
import math

import exact
from keyless_rules import ChangelogReader, FactReader
from records import TOPIC, Special
from table_rules import TableReader
from topologies import Verdict
from views import spelled

MINUS_INFINITY = -math.inf


class StreamTime:
    """How far one source partition has come."""

    def __init__(self, out_of_orderness, max_ahead):
        self.out_of_orderness, self.max_ahead = out_of_orderness, max_ahead
        self.reached = MINUS_INFINITY
        self.ahead = 0

    def watermark(self):
        return self.reached - self.out_of_orderness

    def note(self, record, event_time):
        """Deletes, tombstones, dead letters, what carries no row, and snapshot rows never advance it."""
        if isinstance(event_time, int):
            clock_ms = record.told_ms if record.source_time_ms is None else record.source_time_ms
            limit = clock_ms * 1_000 + self.max_ahead
            self.ahead += event_time > limit
            self.reached = max(self.reached, min(event_time, limit))


class Reference:
    """Runs a topology over placed records. After run(): tables, emissions, late, dead, fates, images, observations."""

    def __init__(self, topology, capture):
        self.topology, self.capture = topology, capture
        self.late, self.dead, self.facts = [], [], []
        self.fates, self.images, self.observations = (collections.Counter() for _ in range(3))
        self.what = collections.Counter()  # kinds of changes met, for the mix
        self.reader_by_partition = {}
        self.standing = {}  # key -> (partition, offset) of the dead letter that stands for its row
        self.view = topology.view(capture)

    def run(self, placed_records):
        times = {}
        for placed in placed_records:
            partition = placed.partition
            if partition not in times:
                self.reader_by_partition[partition] = self._new_reader()
                times[partition] = StreamTime(self.topology.out_of_orderness, self.topology.max_ahead)
            self._one(placed, self.reader_by_partition[partition], times[partition])
        for reader in self.reader_by_partition.values():
            self.observations.update(reader.observations)
        self.observations["ahead_of_clock"] = sum(time.ahead for time in times.values())
        return self

    def _new_reader(self):
        if self.capture.mode == "events":
            return FactReader(self.capture, self._fill_metadata, self.topology.include_snapshot)
        reader = ChangelogReader if self.capture.mode == "changelog" else TableReader
        return reader(self.capture, self._fill_metadata)

    def _fill_metadata(self, row, record):
        """Columns that the declaration takes from the record, beside its row."""
        if len(self.capture.identity) == 2:
            row["tenant"] = record.table.schema if self.capture.tables == "schemas" else record.table.database
        if self.topology.by_commit_time:
            row["committed"] = None if record.source_time_ms is None else record.source_time_ms * 1_000

    def rows(self):
        """The table as the records told it."""
        return {key: row for reader in self.reader_by_partition.values() for key, row in reader.rows().items()}

    def dead_keys(self):
        """Rows of which the last word is a dead letter."""
        return {key for reader in self.reader_by_partition.values() for key in reader.dead_keys()}

    def kept_rows(self):
        """The rows that belong into a window, late or not: for events every one that ever was."""
        rows = self.facts if self.topology.mode == "events" else self.rows().values()
        return [stepped for stepped in map(self.kept, rows) if stepped is not None]

    def kept(self, row):
        """What belongs into a window of a row, None if nothing does."""
        stepped = self.topology.step(row)
        if isinstance(stepped, Verdict) or not isinstance(self._event_time(stepped), int):
            return None
        return None if self._lacks_what_is_read(stepped) else stepped

    def _event_time(self, row):
        return row[self.topology.time_column]

    def _lacks_what_is_read(self, row):
        return any(row[name] is Special.UNAVAILABLE for name in self.topology.read_by_aggregates)

    def _one(self, placed, reader, time):
        decision = reader.decide(placed.record, placed.partitions)
        self.fates[decision.fate] += 1
        if decision.fate == "dead":
            self._dead_letter(placed, decision.reason)
            self.what["a row replaced by a dead letter"] += bool(decision.moves)
            if placed.record.key is not None:
                self.standing[placed.record.key] = (placed.partition, placed.offset)
        watermark = time.watermark()
        changes = []
        for move in decision.moves:
            if self.topology.mode == "events":
                self.facts.append(move.after)
            changes.append(self._change(placed, move, watermark))
        self.view.change(changes)
        if decision.timed is not None:
            time.note(placed.record, self._event_time(decision.timed))

    def _dead_letter(self, placed, reason):
        self.dead.append({"reason": reason, "partition": str(placed.partition), "offset": str(placed.offset),
                          "topic": TOPIC, "key": placed.key_text, "value": placed.value_text})

    def _change(self, placed, move, watermark):
        """The images that reach the first table, of which either may be None."""
        before, after = self._stepped(placed, move, False), self._stepped(placed, move, True)
        if before is not None and after is not None and before == after and str(before) == str(after):
            self.images["passed"] += 2
            return None, None
        if self.topology.window is not None:
            before, after = self._timed(placed, move, before, False), self._timed(placed, move, after, True)
        before, after = self._readable(placed, move, before, False), self._readable(placed, move, after, True)
        if self.topology.window is not None:
            before, after = self._in_time(placed, before, after, watermark)
        self.images["passed"] += (before is not None) + (after is not None)
        return before, after

    def _stepped(self, placed, move, is_after):
        """What the stateless steps make of an image, None if it does not go on."""
        row = move.after if is_after else move.before
        if row is None:
            return None
        self.images["received"] += 1
        stepped = self.topology.step(row)
        if stepped is Verdict.FILTERED:
            self.images["filtered"] += 1
        elif isinstance(stepped, Verdict):
            self._dead_image(placed, move, is_after, stepped.value)
        else:
            return stepped
        return None

    def _timed(self, placed, move, row, is_after):
        """The image, None if no window can hold it."""
        if row is None or isinstance(self._event_time(row), int):
            return row
        return self._dead_image(placed, move, is_after, "no_event_time")

    def _readable(self, placed, move, row, is_after):
        """The image, None if an aggregate reads a column of it that nobody knows."""
        if row is None or not self._lacks_what_is_read(row):
            return row
        return self._dead_image(placed, move, is_after, "unavailable_value")

    def _dead_image(self, placed, move, is_after, reason):
        """One dead letter for an after; a before that fails was never put in, and goes silently."""
        self.images["dead" if is_after else "filtered"] += 1
        if is_after:
            self._dead_letter(placed, reason)
            self.standing[move.key] = (placed.partition, placed.offset)

    def _in_time(self, placed, before, after, watermark):
        """The images whose windows are open."""
        judged_before, judged_after = self._judged(before, watermark), self._judged(after, watermark)
        before_is_late = bool(judged_before and judged_before["late"])
        after_is_late = bool(judged_after and judged_after["late"])
        if before_is_late or after_is_late:
            self._count_late(judged_before, judged_after)
            applied = "before" if before and not before_is_late else "after" if after and not after_is_late else "none"
            self.late.append({"pipeline": "changes", "step": "totals", "applied": applied, "before": judged_before,
                              "after": judged_after, "topic": TOPIC, "partition": placed.partition,
                              "offset": placed.offset, "lsn": placed.record.lsn,
                              "watermark": exact.instant(watermark)})
        self.images["late"] += before_is_late + after_is_late
        return None if before_is_late else before, None if after_is_late else after

    def _count_late(self, before, after):
        if before and after:
            which = "the before" if not after["late"] else "the after" if not before["late"] else "both images"
            self.what[f"update with {which} late"] += 1
        else:
            self.what["late deletion" if before else "late insertion"] += 1

    def _judged(self, row, watermark):
        if row is None:
            return None
        start, end = exact.window_of(self._event_time(row), self.topology.window)
        if self.topology.grace is not None:
            self.what["late by nothing"] += watermark == end + self.topology.grace
            self.what["in time by a microsecond"] += watermark == end + self.topology.grace - 1
        is_late = self.topology.grace is not None and watermark >= end + self.topology.grace
        return {"late": is_late, "group": self.topology.grouping.by(row), "window_start": exact.instant(start),
                "window_end": exact.instant(end),
                "columns": {name: spelled(row[name]) for name in self.topology.read_by_aggregates}}
