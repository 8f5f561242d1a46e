"""`mode: events` and `mode: changelog`: sources whose records name no row."""

import collections

from records import COLUMNS, Special
from table_rules import Decision, Move, same


class KeylessReader:
    """What both have in common: images are completed by the record alone."""

    def __init__(self, capture, fill_metadata):
        self.capture, self.fill_metadata = capture, fill_metadata
        self.observations = collections.Counter()

    @staticmethod
    def dead_keys():
        return set()

    def decide(self, record, _partitions):
        if record.lsn_unreadable:
            self.observations["lsn_unreadable"] += 1
        if record.op in ("ignored", "null", "t"):
            return Decision("ignored")
        return self._decide(record)

    def _image(self, record, is_before):
        row = dict(record.before if is_before else record.after)
        for name in COLUMNS:
            if row[name] is Special.UNAVAILABLE and record.before is not None:
                row[name] = record.before[name]
        self.fill_metadata(row, record)
        return row


class FactReader(KeylessReader):
    """There is never a before, nothing is stored, duplicates are facts, snapshot rows may be."""

    def __init__(self, capture, fill_metadata, include_snapshot):
        super().__init__(capture, fill_metadata)
        self.include_snapshot = include_snapshot

    @staticmethod
    def rows():
        return {}

    def _decide(self, record):
        if record.op == "r" and not self.include_snapshot:
            return Decision("ignored")
        is_delete = record.op == "d"
        reason = record.before_reason if is_delete else record.reason
        if reason:
            return Decision("dead", reason=reason)
        after = self._image(record, is_delete)
        return Decision("applied", [Move(record.key, None, after)],
                        timed=after if record.op in ("c", "u") else None)


class ChangelogReader(KeylessReader):
    """The before image retracts, whatever was put in."""

    def __init__(self, capture, fill_metadata):
        super().__init__(capture, fill_metadata)
        self.by_key, self.dead = {}, set()
        self.is_flattened = False
        self.deletes = None  # the Kafka key of the last record, if that was a `d`

    def decide(self, record, partitions):
        if record.op == "null":
            # On a flattened topic it may be the only word of a delete.
            is_told = self.deletes is not None and self.deletes == (record.key_columns,)
            self.deletes = None
            if self.is_flattened and not is_told:
                return Decision("dead", reason="missing_image")
        elif record.op not in ("ignored", "t"):
            self.is_flattened = record.flattened if record.op != "unknown" else self.is_flattened
            self.deletes = (record.key_columns,) if record.op == "d" else None
        return super().decide(record, partitions)

    def rows(self):
        return self.by_key

    def dead_keys(self):
        return self.dead

    def _decide(self, record):
        reason = self._reason(record)
        if reason:
            self.dead.add(record.key)
            return Decision("dead", reason=reason)
        before = self._image(record, True) if record.op in ("u", "d") else None
        if record.reason:
            # What it leaves behind cannot be read, and what it retracts can.
            self.by_key.pop(record.key, None)
            self.dead.add(record.key)
            return Decision("dead", [Move(record.key, before, None)] if before else [], record.reason)
        after = self._image(record, False) if record.op != "d" else None
        self.dead.discard(record.key)
        self.by_key.pop(record.key, None)
        if after is not None:
            self.by_key[record.key] = after
        timed = after if record.op in ("c", "u") else None
        if before is not None and after is not None and same(before, after, COLUMNS):
            return Decision("unchanged", timed=timed)
        return Decision("applied", [Move(record.key, before, after)], timed=timed)

    @staticmethod
    def _reason(record):
        """Why nothing of the record may be applied: what it retracts is not known."""
        if record.op not in ("u", "d"):
            return ""
        if record.before_reason:
            return record.before_reason
        if record.before is None:
            return "missing_image"
        return "unavailable_value" if Special.UNAVAILABLE in record.before.values() else ""
