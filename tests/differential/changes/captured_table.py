"""A captured table: its rows, their changes, and the records in which a connector tells each."""

import collections
import dataclasses

import draw
import wire
from capture import Capture
from records import HOME, Record, Special

SCHEMAS = ("north", "south", "east")
PARTS = ("transactions_2026_08", "transactions_2026_09")


class CapturedTable:
    """The table as it is now. Its changes are lists of records that share an LSN; where in the log, is not yet said."""

    def __init__(self, chance, mode):
        self.chance = chance
        self.capture = Capture.draw(chance, mode)
        self.rows = draw.Rows(chance, self.capture)
        self.writer = wire.Writer.draw(chance, self.capture)
        self.table = {}
        self.places = {}  # of the rows: their physical table
        self.strays = set()  # rows of a time before the connector, which no snapshot needs to have told
        self.ghosts = set()  # rows that were deleted while nobody listened
        self.doubtful = set()  # rows of which the last record could not be read
        self.pinned = set()  # rows that have a namesake in another table, and stay as they are
        self.mix = collections.Counter()
        self.now_ms = draw.START_MS
        self._next_id = 0
        self._free_keys = []

    def _changeable(self):
        return [key for key in self.table if key not in self.pinned]

    def _changes(self, touched):
        """The changes of one transaction, each row at most once; `touched` grows by them."""
        changes = []
        for _ in range(self.chance.choice((1, 1, 1, 2, 4))):
            free = [key for key in self._changeable() if key not in touched]
            again = [key for key in touched if key in self.table and self.capture.one_lsn]
            if again and self.chance.random() < 0.5:
                changes.append(self._change_again(self.chance.choice(sorted(again))))
                continue
            kind = self.chance.choices(("insert", "revive", "update", "delete", "key change", "move"),
                                       (28, 12, 40, 14, 8, 8 if self.capture.tables == "parts" else 0))[0]
            if kind == "revive" and self._free_key(touched):
                change = self._insert(self._free_key(touched), "insert of a deleted key", touched)
            elif kind in ("insert", "revive") or not free:
                change = self._insert(self._new_key(), "insert", touched)
            else:
                key = self.chance.choice(free)
                touched.add(key)
                if kind == "move":
                    changes += self._move(key)
                    continue
                change = {"update": self._update, "delete": self._delete,
                          "key change": lambda key: self._change_key(key, touched)}[kind](key)
            changes.append(change)
        return changes

    def _change_again(self, key):
        """A row that the same transaction changed before, at the same lsn, where nobody sees a value become null."""
        self.mix["changed again at one lsn"] += 1
        if self.chance.random() < 0.3:
            return self._delete(key)
        return self._update(key, ("user_id", "currency"), may_lose_values=False)

    def _free_key(self, touched):
        return next((key for key in self._free_keys if key not in self.table and key not in touched), None)

    def _put(self, key, row):
        self.table[key] = row
        self.ghosts.discard(key)
        if key not in self.places:
            self.places[key] = self._place_of(key)

    def _insert(self, key, label, touched):
        touched.add(key)
        self._put(key, self.rows.new(id_of(key), self.now_ms))
        record = self._record("c", key, after=self.table[key], label=label)
        if self.capture.absent:
            record = self._without_kind(record, None)
        self._note_doubt(record)
        return [record]

    def _note_doubt(self, record):
        (self.doubtful.add if record.reason else self.doubtful.discard)(record.key)

    def _without_kind(self, record, old):
        """The connector leaves the column out, as a generated one. Declared `keep`, it does not change with the row."""
        is_unknown = old is not None and (record.left_key or record.key) in self.strays | self.doubtful
        if self.chance.random() < 0.6 or (is_unknown and self.capture.absent == "keep"):
            return record
        if self.capture.absent == "refuse":
            record = dataclasses.replace(record, reason="missing_column")
        else:
            self.table[record.key]["kind"] = old["kind"] if old and self.capture.absent == "keep" else None
        self.mix[f"absent: {self.capture.absent}"] += 1
        return dataclasses.replace(record, absent=frozenset(["kind"]))

    def _update(self, key, kept=(), may_lose_values=True):
        old = self.table[key]
        label, new = self.rows.changed(old, self.now_ms, kept)
        if not may_lose_values:
            new = {name: old[name] if value is None else value for name, value in new.items()}
        self.table[key] = new
        if self._kafka_key(old) != self._kafka_key(new):
            return self._split(key, old, key, new)
        told = self._with_placeholders(old, new)
        before = self._old_image(old, Special.UNAVAILABLE not in told.values())
        record = self._record("u", key, before, told, "stray update" if key in self.strays else label)
        if self.capture.absent and may_lose_values:
            record = self._without_kind(record, old)
        self._note_doubt(record)
        return [record]

    def _with_placeholders(self, old, new):
        """The new row as the log has it: big values that did not change are not logged."""
        told = dict(new)
        if new["note"] is not None and new["note"] == old["note"] and self.chance.random() < 0.4:
            told["note"] = Special.UNAVAILABLE
            self.mix["placeholder"] += 1
        if self.writer.amounts == "string" and new["amount"] is not None and str(new["amount"]) == str(old["amount"]) \
                and self.chance.random() < 0.1:
            told["amount"] = Special.UNAVAILABLE
            self.mix["placeholder"] += 1
        return told

    def _delete(self, key):
        old = self.table.pop(key)
        self._free_keys.append(key)
        label = "stray delete" if key in self.strays else "delete"
        self.doubtful.discard(key)
        if self.capture.row_is_named and self.chance.random() < (0.1 if self.capture.tombstones else 0.4):
            return [dataclasses.replace(self._tombstone(key, old), label="bare tombstone")]
        return self._deletion(key, old, label)

    def _deletion(self, key, old, label):
        records = [self._record("d", key, before=self._old_image(old), label=label, row=old)]
        if self.capture.tombstones:
            records.append(self._tombstone(key, old))
        return records

    def _split(self, key, old, new_key, new):
        """The Kafka key changes: a delete, its tombstone and an insert, all from one change of the log."""
        self.mix["change of the Kafka key"] += key == new_key
        deletion = self._deletion(key, old, "delete by key change")
        self.doubtful.discard(new_key)
        told = self._with_placeholders(old, new)
        self.mix["placeholder in a key change"] += Special.UNAVAILABLE in told.values()
        return deletion + [self._record("c", new_key, after=told, label="insert by key change")]

    def _move(self, key):
        """To another part of the table: a delete there, an insert here, which the log has as two changes."""
        old = self.table[key]
        new = self.rows.changed(old, self.now_ms)[1]
        records = self._deletion(key, old, "delete by a move")
        self.places[key] = dataclasses.replace(HOME, table=self.chance.choice(PARTS))
        self.table[key] = new
        self.doubtful.discard(key)
        return [records, [self._record("c", key, after=new, label="move between partitions of the table")]]

    def _change_key(self, key, touched):
        flattens = "flattened" in self.capture.forms and self.capture.key in ("lacks", "none")
        if flattens or self.capture.mode == "changelog":
            return self._update(key)  # a flattened update does not say which row it leaves
        new_key = self._free_key(touched) if self.chance.random() < 0.4 else None
        if new_key is None or self.places[new_key] != self.places[key]:
            new_key = self._new_key(self.places[key])
        touched.add(new_key)
        old = self.table.pop(key)
        self._free_keys.append(key)
        new = dict(self.rows.changed(old, self.now_ms)[1], id=id_of(new_key))
        self._put(new_key, new)
        self.mix["key change"] += 1
        if self._kafka_key(old) != self._kafka_key(new):
            return self._split(key, old, new_key, new)
        told = self._with_placeholders(old, new)
        before = self._old_image(old, Special.UNAVAILABLE not in told.values())
        record = dataclasses.replace(self._record("u", new_key, before, told, "primary key changed inside an update"),
                                     left_key=key)
        self.mix["placeholder in a key change"] += Special.UNAVAILABLE in told.values()
        if self.capture.absent:
            record = self._without_kind(record, old)
            self.mix["absent in a key change"] += bool(record.absent)
        self.doubtful.discard(key)
        self._note_doubt(record)
        return [record]

    def _old_image(self, old, may_be_untrue=True):
        """The before image. Some are not what the topic told before, and must not be believed."""
        if not self.capture.full_identity:
            return {name: None for name in old} | {"id": old["id"]}
        if may_be_untrue and self.capture.mode == "table" and self.chance.random() < 0.06:
            self.mix["untrue before image"] += 1
            return dict(self.rows.new(old["id"], self.now_ms), timestamp=old["timestamp"])
        return dict(old)

    # Records.

    def _kafka_key(self, row):
        """What the Kafka key names of the row, by the connector's settings."""
        columns = {"identity": ("id",), "scalar": ("id",), "exceeds": ("id", "currency"), "lacks": ("user_id",),
                   "none": None}[self.capture.key]
        return None if columns is None else tuple((name, row[name]) for name in columns)

    def _record(self, op, key, before=None, after=None, label="", row=None):
        """A record of a row; where it stands in the log is not yet said. `row`: of which the Kafka key is."""
        form = "identity" if self.capture.key == "scalar" else self.capture.key
        table = self.places[key] if key in self.places else self._place_of(key)
        return Record(op, key, before, after, told_ms=self.now_ms, key_form=form, label=label, table=table,
                      key_columns=self._kafka_key(row or after or before))

    def _tombstone(self, key, row):
        return self._record("null", key, label="tombstone", row=row)

    def _new_key(self, place=None):
        """A row's identity that is free: its id, behind the table where ids are not unique among tables."""
        if len(self.capture.identity) == 1:
            self._next_id += 1
            return self.chance.choice(("t{}", "t{}", "t{}", "zahlung-ü-{}", "\"{}\"")).format(self._next_id)
        while True:
            schema = self.chance.choice(SCHEMAS)
            if place is not None:
                schema = place.schema if self.capture.tables == "schemas" else place.database
            key = f"{schema}/t{self.chance.randint(1, 4 + len(self.places))}"
            if key not in self.places:
                return key

    def _place_of(self, key):
        if self.capture.tables == "schemas":
            return dataclasses.replace(HOME, schema=key.split("/")[0])
        if self.capture.tables == "databases":
            return dataclasses.replace(HOME, database=key.split("/")[0])
        if self.capture.tables == "parts":
            return dataclasses.replace(HOME, table=self.chance.choice(PARTS))
        return HOME


def id_of(key):
    return key.split("/")[-1]


def log_of(place):
    """Every database has a log of its own."""
    return SCHEMAS.index(place.database) * 3_000_000 if place.database in SCHEMAS else 0
