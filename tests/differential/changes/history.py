"""Makes, from a seed, the history of a table and the records in which a connector tells it."""

import dataclasses
import random

import broken
import draw
import exact
import wire
from captured_table import CapturedTable, id_of, log_of
from records import Record, Table

# Other tables whose rows come on the topic though the source names one: shards, tenants, namesakes.
INTRUDERS = (Table("cdc", "financial_db", "archive", "transactions"), Table("cdc", "shard_2", "public", "transactions"),
             Table("cdc", "financial_db", "public", "transactions_old"), Table("cdc2", "financial_db", None, None))


@dataclasses.dataclass(frozen=True)
class Emission:
    """A record as it goes to the topic."""
    record: Record
    key_text: str | None
    value_text: str | None


class History(CapturedTable):
    """emissions in the order of the log, the table as it is at the end, and the mix of what happened."""

    def __init__(self, seed, mode="table"):
        super().__init__(random.Random(seed), mode)
        self.emissions = []
        self.lsn = 1_000_000
        self._transaction_id = 700
        self._change = 0
        self._restart_floor = self._repeat_floor = 0
        self._run()

    # The course of the history.

    def _run(self):
        for _ in range(self.chance.randint(0, 12)):
            key = self._new_key()
            self._put(key, self.rows.new(id_of(key), self.now_ms))
            if self.capture.mode != "changelog" and self.chance.random() < 0.2:
                self.strays.add(key)
        self._snapshot("initial snapshot", [key for key in self.table if key not in self.strays])
        self._restart_floor = len(self.emissions)
        actions = self._actions()
        for _ in range(self.capture.steps):
            self.now_ms += self.chance.choice((0, 1, 200, 900, 3_000))
            self.chance.choices([action for action, _ in actions], [weight for _, weight in actions])[0]()

    def _actions(self):
        actions = [(self._transaction, 70), (self._broken, 5), (self._no_row, 3), (self._reconfigure, 3),
                   (self._close_window, 3 if self.capture.calm else 0)]
        if not self.capture.one_lsn:
            actions.append((self._two_transactions, 8))
        if self.capture.mode == "changelog":
            return actions + [(self._damaged_update, 4)]
        actions += [(self._snapshot_between, 2), (self._snapshot_ahead, 2), (self._restart_connect, 4),
                    (self._repeat_batch, 5)]
        if self.capture.mode == "events":
            return actions
        actions += [(self._unreadable, 5), (self._intrude, 6 if self.capture.tables == "intruders" else 0),
                    (self._nameless_tombstone, 0 if self.capture.row_is_named or self.capture.key == "none" else 3)]
        if self.capture.clock == "goes back":
            actions.append((self._set_clock_back, 2))
        else:
            # A fail-over is known by the clock, so only servers that do not fail over may have theirs set back.
            actions.append((self._fail_over, 2 if self.capture.clock == "fails over" else 0))
            actions.append((self._lose_slot, 1 if self.capture.snapshot_clock != "ahead" else 0))
        return actions

    def _transaction(self):
        self._emit_changes(self._changes(set()))

    def _two_transactions(self):
        """Written at the same time, told one after the other: the order of LSNs is not the order of the topic."""
        touched = set()
        both = [self._changes(touched), self._changes(touched)]
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
            key = self._new_key()
            self._put(key, dict(self.rows.new(id_of(key), self.now_ms), timestamp=timestamp))
            self._emit_changes([[self._record("c", key, after=self.table[key], label="insert")]])
        self.mix["window brought to its close"] += 1

    # Snapshots.

    def _snapshot_between(self):
        """A snapshot between two transactions: incremental, without an LSN, or the whole table anew."""
        incremental = self.chance.random() < 0.6
        self._snapshot("incremental snapshot" if incremental else "second snapshot", list(self.table), incremental)

    def _snapshot_ahead(self):
        """A blocking snapshot reads what the stream, which goes on where it stopped, only tells later."""
        waiting = []
        at_lsn = self.lsn
        for _ in range(self.chance.randint(1, 4)):
            self.now_ms += self.chance.choice((0, 1, 500))
            waiting += self._located(self._changes(set()))
        self._snapshot("snapshot ahead of the stream", list(self.table), lsn=at_lsn)
        for record in waiting:
            self._emit(record)

    def _lose_slot(self):
        """What happens while no slot exists nobody tells but the snapshot after it; not what was deleted."""
        for _ in range(self.chance.randint(1, 3)):
            for records in self._changes(set()):
                self.ghosts |= {record.left_key or record.key for record in records
                                if record.op in ("d", "null") or record.left_key}
        revived = self._free_key(set())
        if revived:
            self._insert(revived, "", set())
        self.ghosts -= set(self.table)
        self.strays -= set(self.table)
        self.now_ms += 1
        self._next_lsn()
        self._snapshot("snapshot after a lost slot", list(self.table), is_right=True)
        if revived and self.capture.row_is_named:
            self.mix["deleted by a bare tombstone after the snapshot"] += 1
            self._emit_changes([[dataclasses.replace(self._tombstone(revived, self.table.pop(revived)),
                                                     label="bare tombstone")]])
        self._restart_floor = len(self.emissions)
        if not self.capture.has_lsn:
            self._repeat_floor = len(self.emissions)  # without a fence older changes win over the snapshot

    def _snapshot(self, label, keys, incremental=False, lsn=None, is_right=False):
        clock = "right" if is_right else self.capture.snapshot_clock
        # The snapshot's time is that of the connector's host.
        skew_ms = {"right": 0, "behind": -self.chance.randint(1, 90_000), "ahead": 60_000}[clock]
        if clock != "right":
            self.mix[f"snapshot by a clock that is {clock}"] += 1
        has_position = not incremental and self.capture.has_lsn
        self._transaction_id += 1
        for key in keys:
            self._emit(dataclasses.replace(
                self._record("r", key, after=self.table[key], label=label),
                lsn=(lsn or self.lsn) + log_of(self.places[key]) if has_position else None,
                transaction=self._transaction_id if has_position else None,
                source_time_ms=self.now_ms + skew_ms if self.capture.has_time else None))
        if not self.capture.has_time and not has_position:
            self._repeat_floor = len(self.emissions)  # rows without any position are told apart by nothing

    # Told again.

    def _restart_connect(self):
        """A connector goes on from an earlier position, perhaps with other settings; no snapshot row is of the log."""
        first = self._floor_of_change(self._restart_floor)
        told = [emission for emission in self.emissions[first:] if emission.record.op not in ("r", "ignored", "t")]
        if self.chance.random() < 0.3:
            self._reconfigure()
        # After a bare tombstone an older record is news again, and would lose what it lacks.
        has_bare_tombstone = any(emission.record.label == "bare tombstone" for emission in told)
        loses = not has_bare_tombstone and self.capture.key in ("identity", "scalar") \
            and not self.capture.one_lsn and self.capture.has_lsn \
            and self.capture.mode == "table" and self.chance.random() < 0.3
        for emission in told:
            if loses and emission.record.after and emission.record.op in ("c", "u") and not emission.record.reason:
                self._tell_again(self._with_less(emission), "told again by a connector that knows less")
            else:
                self._tell_again(emission, "told again by a connector")

    def _with_less(self, emission):
        """A column came since, which records of before have as null, or do not have."""
        record = emission.record
        record = dataclasses.replace(record, after=dict(record.after, quantity=None))
        return dataclasses.replace(emission, record=record, value_text=self.writer.value(record))

    def _floor_of_change(self, floor):
        """Where a connector may go back to: the first record of something that was logged at one lsn."""
        start = self.chance.randint(max(floor, len(self.emissions) - 25), len(self.emissions)) \
            if len(self.emissions) > floor else len(self.emissions)
        while floor < start < len(self.emissions) \
                and self.emissions[start - 1].record.change == self.emissions[start].record.change:
            start -= 1
        return start

    def _repeat_batch(self):
        """A producer whose batch was not acknowledged sends it again, wherever it begins, snapshot rows and all."""
        told = self.emissions[self._repeat_floor:]
        batch = told[-self.chance.randint(1, 12):]
        for _ in range(self.chance.choice((1, 1, 2))):
            for emission in batch:
                is_snapshot_row = emission.record.op == "r"
                self._tell_again(emission, "snapshot row told again" if is_snapshot_row else "batch told again")

    def _tell_again(self, emission, label):
        again = dataclasses.replace(emission.record, label=label)
        self._append(dataclasses.replace(emission, record=again))

    # The connector and the server.

    def _reconfigure(self):
        self.writer = wire.Writer.draw(self.chance, self.capture)
        self.mix["connector reconfigured"] += 1

    def _fail_over(self):
        """The log of another server, shorter than the old one's: LSNs go back while the clock goes on."""
        self.lsn = max(10, self.lsn - self.chance.randint(1, 5_000))
        self.now_ms += 1_000
        self._restart_floor = len(self.emissions)
        # A mirror repeats records of both logs. Snapshot rows among them have no place in the new one.
        self._repeat_floor = max([self._repeat_floor] + [index + 1 for index, emission in enumerate(self.emissions)
                                                         if emission.record.op == "r"])
        self.mix["fail-over"] += 1
        if self.chance.random() < 0.5:
            # The connector begins with a snapshot, and a batch with its rows and the first changes comes twice.
            self._snapshot("second snapshot", list(self.table))
            self._transaction()
            self._repeat_batch()

    def _set_clock_back(self):
        """A row told just before is changed at what seems an earlier time; often all of it is told again."""
        recent = [emission.record.key for emission in self.emissions[-5:] if emission.record.key in self._changeable()]
        self.now_ms -= self.chance.randint(1, 4_000)
        self.mix["clock set back"] += 1
        if recent:
            self._emit_changes([self._update(recent[-1])])
        if self.chance.random() < 0.5:
            self._restart_connect()

    # Records that cannot be applied, and that carry no row.

    def _broken(self):
        """A record of which nobody can say what it did to which row, or of a row that nothing else tells of."""
        key = self._new_key()
        record = self._record("c", key, after=self.rows.new(id_of(key), self.now_ms))
        self._emit_broken(broken.stray(self.chance, self.writer, self._located([[record]])[0]))

    def _unreadable(self):
        """An insert or update whose row cannot be read: what the table has then is nowhere but in the dead letter."""
        keys = self._changeable()
        changes = []
        if keys and self.chance.random() < 0.8:
            key, op = self.chance.choice(keys), "u"
            if self.capture.one_lsn:
                changes.append(self._update(key, ("user_id", "currency"), may_lose_values=False))
                self.mix["unreadable at the lsn of a good record"] += 1
            new = self.rows.changed(self.table[key], self.now_ms, ("user_id", "currency"))[1]
        else:
            key, op = self._new_key(), "c"
            new = self.rows.new(id_of(key), self.now_ms)
        *good, unreadable = self._located(changes + [[self._record(op, key, after=new)]])
        for record in good:
            self._emit(record)
        self._put(key, new)
        self.doubtful.add(key)
        self._emit_broken(broken.of_row(self.chance, self.writer, unreadable))

    def _emit_broken(self, written):
        self._append(Emission(*written))

    def _damaged_update(self):
        """Mode changelog: an update of which one image cannot be had. The row is not heard of again."""
        if not self.table:
            return
        key = self.chance.choice(list(self.table))
        old = self.table.pop(key)
        self._free_keys = [free for free in self._free_keys if free != key]
        new = self.rows.changed(old, self.now_ms)[1]
        if self.chance.random() < 0.5:
            self.ghosts.add(key)
            self._emit_changes([[self._record("u", key, after=new, label="update without a before image")]])
        else:
            self.mix["update without a readable after image"] += 1
            record = self._located([[self._record("u", key, before=old, after=new)]])[0]
            self._emit_broken(broken.of_row(self.chance, self.writer, record))

    def _no_row(self):
        self._append(Emission(*broken.no_row(self.chance, self.now_ms, self.capture)))

    def _intrude(self):
        """A row of another table with the primary key of a stored row, or of one that is no more."""
        last = {emission.record.key: emission.record for emission in self.emissions}
        stored = [key for key in self._changeable() if key in last and last[key].op in "cu" and not last[key].reason]
        deleted = [key for key in self._free_keys if key not in self.table and key in last and last[key].op in "dnull"]
        if not stored + deleted:
            return
        key = self.chance.choice(stored + deleted)
        op = self.chance.choice("cudr") if key in stored else "c"
        if key in stored:
            self.pinned.add(key)
        else:
            self._free_keys = [free for free in self._free_keys if free != key]
            self.ghosts.add(key)
        row = self.rows.new(key, self.now_ms)
        self.mix[f"of another table: {'stored' if key in stored else 'deleted'} row"] += 1
        before, after = (row, None) if op == "d" else (None, row)
        record = self._record(op, key, before, after, label="row of another table")
        records = [record] + ([self._tombstone(key, row)] if op == "d" and self.capture.tombstones else [])
        table, lsn = self.chance.choice(INTRUDERS), self.chance.choice((None, [self.lsn - 900_000]))
        for each in self._located([records], lsn):
            self._emit(dataclasses.replace(each, table=table))

    def _nameless_tombstone(self):
        """A null behind no delete, of which the Kafka key does not say the row: nobody can tell what it deletes."""
        if self.table:
            key = self.chance.choice(list(self.table))
            tombstone = dataclasses.replace(self._tombstone(key, self.table[key]), label="nameless tombstone")
            self._emit_changes([[tombstone]])

    # The log.

    def _located(self, changes, lsns=None):
        """The records of a transaction, with their places in the log."""
        self._transaction_id += 1
        located = []
        for index, change in enumerate(changes):
            if index == 0 or not self.capture.one_lsn:
                lsn = lsns[index] if lsns else self._next_lsn()
                number = self._next_change()
            for record in change:
                has_place = record.op != "null"
                is_readable = self.capture.has_lsn or record.op == "null" or self.chance.random() < 0.8
                located.append(dataclasses.replace(
                    record, lsn=lsn + log_of(record.table) if has_place and self.capture.has_lsn else None,
                    transaction=self._transaction_id if has_place else None, lsn_unreadable=not is_readable,
                    source_time_ms=self.now_ms if has_place and self.capture.has_time else None, told_ms=self.now_ms,
                    change=number))
        return located

    def _emit_changes(self, changes, lsns=None):
        for record in self._located(changes, lsns):
            self._emit(record)

    def _emit(self, record):
        record = self.writer.completed(record)
        self._append(Emission(record, self.writer.key(record), self.writer.value(record)))
        for label in self.writer.labels():
            self.mix[label] += 1

    def _append(self, emission):
        self.emissions.append(emission)
        self.mix[emission.record.label] += 1

    def _next_lsn(self):
        self.lsn += self.chance.randint(8, 300)
        return self.lsn

    def _next_change(self):
        self._change += 1
        return self._change
