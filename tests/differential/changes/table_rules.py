"""`mode: table`: what a record means for the rows, from the document's table "From envelope to change"."""

import collections
import dataclasses

from records import COLUMNS, NOWHERE, Special


@dataclasses.dataclass
class Move:
    """What a record does to one row."""
    key: str
    before: dict | None
    after: dict | None


@dataclasses.dataclass
class Decision:
    """What a record came to at its source. `timed` is the row whose event time counts for stream time."""
    fate: str
    moves: list = dataclasses.field(default_factory=list)
    reason: str = ""
    timed: dict | None = None


@dataclasses.dataclass
class Past:
    """What is known of a row: held by the row, and by its deletion marker."""
    row: dict | None = None
    table: object = NOWHERE
    lsn: int | None = None  # the fence, with the last operation there and the highest source.ts_ms applied
    by_delete: bool = False
    time_ms: int = 0
    epoch: int = 0
    previous_epoch_ms: int | None = None
    snapshot: tuple | None = None  # epoch, and ts_ms, lsn and transaction of the last `r`
    by_snapshot: bool = False
    was_delete: bool = False
    is_dead: bool = False  # its last record is a dead letter; nothing is judged by it
    beside: tuple | None = None  # what the Kafka key of the row has beside the primary key
    is_contested: bool = False  # another row of the table has this primary key

    def forget_row(self):
        self.row, self.by_snapshot, self.beside, self.is_contested = None, False, None, False


def same(one, other, columns=None):
    """Equal with the scale of amounts: 1.0 and 1.00 differ in what a sum prints."""
    return all(one[name] == other[name] and str(one[name]) == str(other[name]) for name in columns or one)


def beside_key(record):
    """What a Kafka key has beside the primary key."""
    if record.key_form != "exceeds" or record.key_columns is None:
        return None
    return tuple((name, value) for name, value in record.key_columns if name != "id")


def tables_differ(one, other, parts=("server", "database", "schema", "table")):
    """Only parts that both state are compared."""
    return any(getattr(one, part) and getattr(other, part) and getattr(one, part) != getattr(other, part)
               for part in parts)


class TableReader:
    """The rows of one partition."""

    def __init__(self, capture, fill_metadata):
        self.capture, self.fill_metadata = capture, fill_metadata
        self.pasts = collections.defaultdict(Past)
        self.observations = collections.Counter()
        self._observed = set()  # of the record at hand: each once, however many rows it moves
        self.is_flattened = False
        self.last_deleted = None  # the Kafka key of the last `d`, until a null or another record with that key

    def rows(self):
        return {key: past.row for key, past in self.pasts.items() if past.row is not None}

    def dead_keys(self):
        return {key for key, past in self.pasts.items() if past.is_dead}

    def decide(self, record, partitions):
        self._observed = {"lsn_unreadable"} if record.lsn_unreadable else set()
        decision = self._decide(record, partitions)
        self.observations.update(self._observed)
        return decision

    def _decide(self, record, partitions):
        if record.op in ("ignored", "t"):
            return Decision("ignored")
        if record.op == "null":
            return self._tombstone(record, partitions)
        if record.op != "unknown":
            self.is_flattened = record.flattened
        if record.op == "d":
            self.last_deleted = record.key_columns
        elif record.key_columns == self.last_deleted:
            self.last_deleted = None
        if partitions > 1 and record.key_form != "identity":
            # What is wrong with the record itself explains more.
            is_faulty = record.reason and record.reason not in ("missing_key", "key_mismatch")
            return Decision("dead", reason=record.reason if is_faulty else "key_not_identity")
        if record.key is None:
            if record.reason != "key_mismatch":
                self._observed.add("identity_unknown")
            return Decision("dead", reason=record.reason)
        past = self._past(record, record.key)
        if not self.capture.tables == "parts" and tables_differ(past.table, record.table):
            past.was_delete = record.op == "d"
            return Decision("dead", reason=record.reason or "other_table")
        if self._may_leave_another_row(record, past):
            return Decision("dead", reason=record.reason or "key_not_identity")
        return self._snapshot_row(record, past) if record.op == "r" else self._change(record, past)

    @staticmethod
    def _may_leave_another_row(record, past):
        """An update of a row that nobody knows, which says nothing of the row as it was, under a key that does not name
        it."""
        says_what_it_was = record.before is not None and record.before.get("id") is not None
        return record.op == "u" and record.key_form not in ("identity", "exceeds") and not says_what_it_was \
            and dataclasses.replace(past, table=NOWHERE, is_dead=False) == Past()

    def _past(self, record, key):
        past = self.pasts[key]
        if past.row is None and self.capture.tables != "parts" and tables_differ(past.table, record.table):
            past = self.pasts[key] = Past()
        if past.row is None or past.table == NOWHERE:
            past.table = record.table if record.table != NOWHERE else past.table
        return past

    # Tombstones.

    def _tombstone(self, record, partitions):
        is_named = record.key_form == "identity" or (record.key_form == "exceeds" and partitions == 1)
        if len(self.capture.identity) == 2:
            if record.key_columns != self.last_deleted:
                return Decision("dead", reason="key_not_identity")
            self.last_deleted = None
            return Decision("ignored")
        if not is_named:
            if self.is_flattened:
                return Decision("dead", reason="key_not_identity")
            self._observed.add("key_without_primary_key")
            return Decision("ignored")
        past = self.pasts[record.key]
        if past.is_contested and self._is_under_other_key(record, past):
            return Decision("ignored")
        if past.was_delete:
            past.was_delete = False
            return Decision("ignored")
        del self.pasts[record.key]
        return self._deletion(record.key, past)

    @staticmethod
    def _deletion(key, past):
        return Decision("applied", [Move(key, past.row, None)]) if past.row else Decision("unmatched")

    # Changes.

    def _change(self, record, past):
        left, left_row, decision = None, None, Decision("duplicate")
        if record.left_key is not None and record.left_key != record.key:
            left = self._past(record, record.left_key)
            left_row = left.row
            if self._is_news(record, left, is_delete=True):
                decision = self._delete(record, record.left_key, left)
            left.was_delete = False  # no tombstone comes behind an update
        own = Decision("duplicate")
        is_delete = record.op == "d"
        if self._is_news(record, past, is_delete) and self._is_of_other_row(record, past):
            return self._other_row(record, past)
        if self._is_news(record, past, is_delete):
            self._compare_before(record, left_row if left else past.row, is_compared=is_delete or not record.reason)
            own = self._delete(record, record.key, past) if is_delete else \
                self._upsert(record, past, left, left_row)
        past.was_delete = is_delete
        if own.fate in ("duplicate", "unchanged") and decision.fate == "applied":
            own.fate = "applied"
        own.moves = decision.moves + own.moves
        return own

    # Two rows of one primary key: a key that exceeds it tells them apart.

    @staticmethod
    def _is_under_other_key(record, past):
        return None not in (past.beside, beside_key(record)) and past.beside != beside_key(record)

    def _is_of_other_row(self, record, past):
        if not self._is_under_other_key(record, past):
            return False
        if record.op == "r":
            return past.by_snapshot and past.snapshot is not None and past.snapshot[2:] != (None, None) \
                and past.snapshot[0] == past.epoch and past.snapshot[2:] == (record.lsn, record.transaction)
        if past.is_contested or record.op != "c":
            return past.is_contested
        if past.by_snapshot:
            times = (past.snapshot[1], record.source_time_ms)
            return None not in times and times[0] < times[1]
        return record.lsn is None or past.lsn is None or record.lsn != past.lsn

    @staticmethod
    def _other_row(record, past):
        past.is_contested = True
        return Decision("dead", reason=record.reason or "key_not_identity")

    def _is_news(self, record, past, is_delete):
        if record.lsn is None or past.lsn is None:
            return True
        time_ms = record.source_time_ms or 0
        if past.previous_epoch_ms is not None and time_ms <= past.previous_epoch_ms:
            return False
        if record.lsn > past.lsn:
            return True
        if time_ms > past.time_ms:
            self._observed.add("lsn_regression")
            past.previous_epoch_ms = max(past.time_ms, past.previous_epoch_ms or 0)
            past.epoch += 1
            past.lsn, past.time_ms, past.by_delete = None, 0, False
            return True
        return record.lsn == past.lsn and self._is_news_at_the_fence(record, past, is_delete)

    def _is_news_at_the_fence(self, record, past, is_delete):
        """Several records can have one lsn."""
        if past.by_delete:
            return not is_delete
        if past.row is not None and past.by_snapshot:
            return False
        if is_delete:
            return True
        if past.row is None:  # what stood there is a dead letter
            return not record.reason
        return bool(record.reason) or any(
            record.after[name] not in (None, Special.UNAVAILABLE) and not same(record.after, past.row, (name,))
            for name in COLUMNS if name not in record.absent)

    def _delete(self, record, key, past):
        decision = self._deletion(key, past)
        past.is_dead = False
        past.forget_row()
        self._move_fence(record, past, True)
        return decision

    def _upsert(self, record, past, left, left_row):
        if record.reason:
            return self._retract(record, past)
        after = dict(record.after)
        # The row of which this is the next version: another row may stand under the new key of a key change.
        known = left_row if left else past.row
        for name in COLUMNS:
            if name in record.absent:
                unseen = Special.UNAVAILABLE if self.capture.absent == "keep" else None
                after[name] = known[name] if known and self.capture.absent == "keep" else unseen
            elif after[name] is Special.UNAVAILABLE:
                after[name] = self._unchanged(record, name, past, left, left_row)
        self.fill_metadata(after, record)
        decision = Decision("unchanged", timed=after)
        if past.row is None or not same(past.row, after):
            decision = Decision("applied", [Move(record.key, past.row, after)], timed=after)
            past.table = record.table if record.table != NOWHERE else past.table
        past.row, past.by_snapshot, past.is_dead, past.beside = after, False, False, beside_key(record)
        self._move_fence(record, past, False)
        return decision

    def _unchanged(self, record, name, past, left, left_row):
        """The value behind a placeholder, UNAVAILABLE if nobody knows it."""
        giver = past if left is None else left
        row = past.row if left is None else left_row
        read_since = giver.snapshot and None not in (giver.snapshot[1], record.source_time_ms) \
            and giver.snapshot[1] >= record.source_time_ms
        if left is not None:
            row = None if read_since else row
        elif record.op == "c":
            row = row if past.by_snapshot and read_since else None
        if row is not None and row[name] is not Special.UNAVAILABLE:
            return row[name]
        # A big value is no null: a null in an image without REPLICA IDENTITY FULL only says that it is not logged.
        known = record.before and record.before[name]
        return Special.UNAVAILABLE if known is None else known

    def _retract(self, record, past):
        decision = self._dead_row(record, past)
        self._move_fence(record, past, False)
        return decision

    @staticmethod
    def _dead_row(record, past):
        """The table has the row, and it cannot be read."""
        decision = Decision("dead", [Move(record.key, past.row, None)] if past.row else [], record.reason)
        past.row, past.is_dead, past.by_snapshot, past.beside = None, True, record.op == "r", beside_key(record)
        return decision

    def _compare_before(self, record, row, is_compared):
        if is_compared and row and record.before:
            known = [name for name, value in record.before.items()
                     if value is not None and name not in record.absent and row[name] is not Special.UNAVAILABLE]
            if not same(record.before, row, known):
                self._observed.add("before_mismatch")

    @staticmethod
    def _move_fence(record, past, is_delete):
        if record.lsn is not None:
            past.lsn, past.by_delete = record.lsn, is_delete
            past.time_ms = max(past.time_ms, record.source_time_ms or 0)

    # Snapshot rows.

    def _snapshot_row(self, record, past):
        if self._is_of_other_row(record, past):
            return self._other_row(record, past)
        past.was_delete = False
        position = (past.epoch, record.source_time_ms, record.lsn, record.transaction)
        if past.snapshot and self._is_known(position, past.snapshot):
            return Decision("duplicate")
        past.snapshot = position
        past.is_contested = past.is_contested and not self._is_under_other_key(record, past)
        if record.reason:
            return self._dead_row(record, past)
        past.by_snapshot, past.is_dead, past.beside = True, False, beside_key(record)
        if past.row is not None and same(past.row, record.after, COLUMNS):
            return Decision("unchanged")
        after = dict(record.after)
        self.fill_metadata(after, record)
        decision = Decision("applied", [Move(record.key, past.row, after)])
        past.row = after
        past.table = record.table if record.table != NOWHERE else past.table
        return decision

    @staticmethod
    def _is_known(position, last):
        """At or before the position of the last one; an absent part is not compared. In another epoch only the same
        position tells anything: that it is the same record."""
        parts = [(one, other) for one, other in zip(position[1:], last[1:]) if None not in (one, other)]
        ones, others = [one for one, _ in parts], [other for _, other in parts]
        return bool(parts) and (ones <= others if position[0] == last[0] else ones == others)
