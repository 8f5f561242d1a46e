"""Makes, from a seed, the history of a table and the records in which a connector tells it."""

import collections
import dataclasses
import random

import broken
import draw
import exact
import wire
from records import Record, Special

@dataclasses.dataclass(frozen=True)
class Profile:
    """What kind of table and connector this history has."""
    events: bool  # for a source without a primary key: nothing that only a table can have
    full_identity: bool
    has_lsn: bool
    tombstones: bool
    can_fail_over: bool
    calm: bool
    forms: tuple
    steps: int

    @staticmethod
    def draw(chance, events):
        return Profile(events=events, full_identity=events or chance.random() < 0.5, has_lsn=chance.random() < 0.9,
                       tombstones=chance.random() < 0.65, can_fail_over=chance.random() < 0.4,
                       calm=chance.random() < 0.5, steps=chance.choice((20, 60, 120)),
                       forms=chance.choice((wire.FORMS, wire.ENVELOPE_FORMS, ("plain",), ("schemas",), ("flattened",))))


@dataclasses.dataclass(frozen=True)
class Emission:
    """A record as it goes to the topic."""
    record: Record
    key_text: str | None
    value_text: str | None


class History:
    """emissions in the order of the log, the table as it is at the end, and the mix of what happened."""

    def __init__(self, seed, events=False):
        self.chance = random.Random(seed)
        self.profile = Profile.draw(self.chance, events)
        self.rows = draw.Rows(self.chance, self.profile.calm)
        self.writer = wire.Writer.draw(self.chance, self.profile.forms)
        self.table = {}
        self.strays = set()  # rows of a time before the connector, which no snapshot needs to have told
        self.emissions = []
        self.mix = collections.Counter()
        self.now_ms = draw.START_MS
        self.lsn = 1_000_000
        self._next_id = 0
        self._replay_floor = 0
        self._free_ids = []
        self._run()

    # The course of the history.

    def _run(self):
        for _ in range(self.chance.randint(0, 12)):
            row = self.rows.new(self._new_id(), self.now_ms)
            self.table[row["id"]] = row
            if self.chance.random() < 0.2:
                self.strays.add(row["id"])
        self._snapshot("initial snapshot", [row for key, row in self.table.items() if key not in self.strays])
        actions = self._actions()
        for _ in range(self.profile.steps):
            self.now_ms += self.chance.choice((0, 1, 200, 900, 3_000))
            self.chance.choices([action for action, _ in actions], [weight for _, weight in actions])[0]()

    def _actions(self):
        actions = [(self._transaction, 70), (self._two_transactions, 8), (self._incremental_snapshot, 1),
                   (self._snapshot_ahead, 2), (self._restart_connect, 5), (self._broken, 5), (self._no_row, 3),
                   (self._reconfigure, 3), (self._close_window, 3 if self.profile.calm else 0)]
        if not self.profile.has_lsn:
            return actions
        # A fail-over is known by the clock, so only servers that do not fail over may have theirs set back.
        actions.append((self._fail_over if self.profile.can_fail_over else self._set_clock_back, 2))
        return actions

    def _transaction(self):
        self._emit_changes(self._changes(set()))

    def _two_transactions(self):
        """Written at the same time, told one after the other: the order of LSNs is not the order of the topic."""
        touched = set()
        both = [self._changes(touched), self._changes(touched)]
        if not all(both):
            for changes in both:
                self._emit_changes(changes)
            return
        lsns = [self._next_lsn() for changes in both for _ in changes]
        self.chance.shuffle(lsns)
        first, second = sorted(lsns[:len(both[0])]), sorted(lsns[len(both[0]):])
        self._emit_changes(both[0], first)
        self.now_ms += self.chance.choice((0, 40))
        self._emit_changes(both[1], second)
        self.mix["interleaved transactions"] += 1

    def _close_window(self):
        """Time comes exactly to where a window closes, or a microsecond before; then come rows of that window."""
        end = (self.now_ms * 1_000 // exact.MINUTE + 1) * exact.MINUTE
        self.now_ms = end // 1_000 + 7_000
        last = end + self.chance.choice(draw.CLOSING_SECONDS) * exact.SECOND - self.chance.choice((0, 1))
        for timestamp in (last, end - 1, end - self.chance.randint(2, exact.MINUTE)):
            key = self._new_id()
            self.table[key] = dict(self.rows.new(key, self.now_ms), timestamp=timestamp)
            self._emit_changes([[self._record("c", key, after=self.table[key], label="insert")]])
        self.mix["window brought to its close"] += 1

    def _incremental_snapshot(self):
        self._snapshot("snapshot in mid-stream", list(self.table.values()))

    def _snapshot_ahead(self):
        """A snapshot reads what the stream, which goes on where it stopped, only tells later."""
        waiting = []
        for _ in range(self.chance.randint(1, 4)):
            self.now_ms += self.chance.choice((0, 1, 500))
            waiting.append([(self._record_of(record, self._next_lsn() if first else self.lsn))
                            for change in self._changes(set()) for first, record in _with_first(change)])
        self._snapshot("snapshot ahead of the stream", list(self.table.values()))
        for records in waiting:
            for record in records:
                self._emit(record)

    def _restart_connect(self):
        """After a restart the last records come again, in order."""
        told = self.emissions[self._replay_floor:]
        if told:
            for emission in told[-self.chance.randint(1, min(25, len(told))):]:
                again = dataclasses.replace(emission.record, label="told again")
                self.emissions.append(dataclasses.replace(emission, record=again))
                self.mix[again.label] += 1

    def _reconfigure(self):
        self.writer = wire.Writer.draw(self.chance, self.profile.forms)
        self.mix["connector reconfigured"] += 1

    def _fail_over(self):
        """The log of another server, shorter than the old one's: LSNs go back while the clock goes on."""
        self.lsn = max(10, self.lsn - self.chance.randint(1, 5_000))
        self.now_ms += 1_000
        self._replay_floor = len(self.emissions)
        self.mix["fail-over"] += 1

    def _set_clock_back(self):
        """A row told just before is changed at what seems an earlier time; often all of it is told again."""
        recent = [emission.record.key for emission in self.emissions[-5:] if emission.record.key in self.table]
        self.now_ms -= self.chance.randint(1, 4_000)
        self.mix["clock set back"] += 1
        if recent:
            self._emit_changes([self._update(recent[-1])])
        if self.chance.random() < 0.5:
            self._restart_connect()

    def _broken(self):
        row = self.rows.new(self._new_id(), self.now_ms)
        self._append(Emission(*broken.emission(self.chance, row, self._lsn_or_none(), self.now_ms,
                                               self.profile.events)))

    def _no_row(self):
        self._append(Emission(*broken.no_row(self.chance, self.now_ms, self.profile.events)))

    # Changes of the table: each is the records that share one LSN.

    def _changes(self, touched):
        """The changes of one transaction, each row at most once; `touched` grows by them."""
        changes = []
        for _ in range(self.chance.choice((1, 1, 1, 2, 4))):
            free = [key for key in self.table if key not in touched]
            kind = self.chance.choices(("insert", "revive", "update", "delete", "key change"), (28, 12, 40, 14, 6))[0]
            if kind == "revive" and self._free_ids:
                change = self._insert(self._free_ids.pop(0), "insert of a deleted key", touched)
            elif kind in ("insert", "revive") or not free:
                change = self._insert(self._new_id(), "insert", touched)
            else:
                key = self.chance.choice(free)
                touched.add(key)
                if kind == "key change":
                    change = self._change_key(key, touched)
                else:
                    change = self._update(key) if kind == "update" else self._delete(key)
            changes.append(change)
        return changes

    def _insert(self, key, label, touched):
        if key in touched:
            key = self._new_id()
        touched.add(key)
        self.table[key] = self.rows.new(key, self.now_ms)
        return [self._record("c", key, after=self.table[key], label=label)]

    def _update(self, key):
        old = self.table[key]
        label, new = self.rows.changed(old, self.now_ms)
        self.table[key] = new
        told = dict(new)
        if new["note"] is not None and new["note"] == old["note"] and self.chance.random() < 0.4:
            told["note"] = Special.UNAVAILABLE
            self.mix["placeholder"] += 1
        if self.writer.amounts == "string" and new["amount"] == old["amount"] and new["amount"] is not None \
                and str(new["amount"]) == str(old["amount"]) and self.chance.random() < 0.1:
            told["amount"] = Special.UNAVAILABLE
            self.mix["placeholder"] += 1
        before = self._old_image(old) if self.profile.full_identity else None
        return [self._record("u", key, before, told, "stray update" if key in self.strays else label)]

    def _delete(self, key):
        old = self.table.pop(key)
        self._free_ids.append(key)
        label = "stray delete" if key in self.strays else "delete"
        if not self.profile.events and self.chance.random() < (0.1 if self.profile.tombstones else 0.4):
            return [self._record("null", key, label="bare tombstone")]
        records = [self._record("d", key, before=self._old_image(old), label=label)]
        if self.profile.tombstones:
            records.append(self._record("null", key, label="tombstone"))
        return records

    def _change_key(self, key, touched):
        new_key = self._new_id()
        touched.add(new_key)
        old = self.table[key]
        deletion = self._delete(key)
        self.table[new_key] = dict(self.rows.changed(old, self.now_ms)[1], id=new_key)
        self.mix["key change"] += 1
        return deletion + [self._record("c", new_key, after=self.table[new_key], label="insert by key change")]

    def _old_image(self, old):
        """The before image. Some are not what the topic told before, and must not be believed."""
        if not self.profile.full_identity:
            return {name: None for name in old} | {"id": old["id"]}
        if self.chance.random() < 0.06:
            self.mix["untrue before image"] += 1
            return dict(self.rows.new(old["id"], self.now_ms), timestamp=old["timestamp"])
        return dict(old)

    # Records.

    def _snapshot(self, label, rows):
        for row in rows:
            self._emit(Record("r", row["id"], after=row, lsn=self.lsn if self.profile.has_lsn else None,
                              source_time_ms=self.now_ms, label=label))
        self._replay_floor = len(self.emissions)

    def _record(self, op, key, before=None, after=None, label=""):
        kafka_key = "none" if op != "null" and not self.profile.events and self.chance.random() < 0.03 else "row"
        if kafka_key == "none":
            self.mix["without a Kafka key"] += 1
        return Record(op, key, before, after, source_time_ms=self.now_ms, kafka_key=kafka_key, label=label)

    def _record_of(self, record, lsn):
        has_lsn = self.profile.has_lsn and record.op != "null"
        return dataclasses.replace(record, lsn=lsn if has_lsn else None)

    def _emit_changes(self, changes, lsns=None):
        for index, change in enumerate(changes):
            lsn = lsns[index] if lsns else self._next_lsn()
            for record in change:
                self._emit(dataclasses.replace(self._record_of(record, lsn), source_time_ms=self.now_ms))

    def _emit(self, record):
        if self.writer.form == "flattened" and record.op != "d":
            record = dataclasses.replace(record, before=None)
        self._append(Emission(record, self.writer.key(record), self.writer.value(record)))
        self.mix["written " + self.writer.label()] += 1

    def _append(self, emission):
        self.emissions.append(emission)
        self.mix[emission.record.label] += 1

    def _next_lsn(self):
        self.lsn += self.chance.randint(8, 300)
        return self.lsn

    def _lsn_or_none(self):
        return self._next_lsn() if self.profile.has_lsn else None

    def _new_id(self):
        self._next_id += 1
        return self.chance.choice(("t{}", "t{}", "t{}", "zahlung-ü-{}", "\"{}\"")).format(self._next_id)


def _with_first(records):
    return [(index == 0, record) for index, record in enumerate(records)]
