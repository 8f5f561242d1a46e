"""What a reader of an output topic sees, computed the slow way: from all rows that are in it."""

import dataclasses

import exact
from records import Special


class Extreme:
    """A minimum or maximum: the number is what counts, and its text is that of one of the rows that have it."""

    def __init__(self, value, values):
        self.texts = sorted({exact.text(each) for each in values if each == value})

    def __eq__(self, other):
        return self.texts == other.texts if isinstance(other, Extreme) else other in self.texts

    def __repr__(self):
        return " or ".join(map(repr, self.texts))


def spelled(value):
    """A value as an output row has it."""
    if value is None or isinstance(value, (str, int, Extreme)):
        return value
    if value is Special.UNAVAILABLE:
        return value.value
    return exact.text(value)


def lowest(values):
    return Extreme(min(values), values) if values else None


def highest(values):
    return Extreme(max(values), values) if values else None


class RowView:
    """One output row per input row: a keyed table."""

    # An update that moves only the event time, which the row does not show, sends the row again.
    may_repeat = True

    def __init__(self, key_columns):
        self.key_columns = key_columns
        self.table = {}
        self.history = {}  # per key the values it passed through, None where it ceased to exist

    def change(self, changes):
        """The changes that one record makes, each of a before and an after of which either may be None."""
        for before, after in changes:
            self._change(before, after)

    def _change(self, before, after):
        keys = [None if row is None else tuple((name, row[name]) for name in self.key_columns)
                for row in (before, after)]
        if before is not None and keys[0] != keys[1]:
            self._set(keys[0], None)
        if after is not None:
            self._set(keys[1], list(after.items()))

    def _set(self, key, value):
        if self.table.get(key) == value:
            return
        self.history.setdefault(key, []).append(value)
        if value is None:
            self.table.pop(key)
        else:
            self.table[key] = value


@dataclasses.dataclass(frozen=True)
class Grouping:
    """An aggregate: group columns of a row, window size (None: a running total), columns of a group's rows."""
    by: callable
    window: int | None
    compute: callable
    time: str = "timestamp"

    def key(self, row):
        group = tuple(self.by(row).items())
        return group if self.window is None else group + (("window_start", self._window(row)[0]),)

    def _window(self, row):
        return tuple(exact.instant(at) for at in exact.window_of(row[self.time], self.window))

    def result(self, rows):
        windows = [] if self.window is None else list(zip(("window_start", "window_end"), self._window(rows[0])))
        computed = [(name, spelled(value)) for name, value in self.compute(rows).items()]
        return list(self.by(rows[0]).items()) + windows + computed


class GroupView:
    """One output row per group that has rows, after a filter of the groups."""

    may_repeat = False

    def __init__(self, grouping, keep=lambda row: True):
        self.grouping, self.keep = grouping, keep
        self.rows_by_key = {}
        self.table = {}
        self.history = {}

    def change(self, changes):
        """The changes that one record makes; what a group is between two of them nobody sees."""
        touched = []
        for before, after in changes:
            if before is not None:
                touched.append(self.grouping.key(before))
                rows = self.rows_by_key[touched[-1]]
                # By text: 1.0 equals 1.00, and the one must not go for the other.
                del rows[[repr(row) for row in rows].index(repr(before))]
            if after is not None:
                touched.append(self.grouping.key(after))
                self.rows_by_key.setdefault(touched[-1], []).append(after)
        for key in dict.fromkeys(touched):
            self._refresh(key)

    def _refresh(self, key):
        rows = self.rows_by_key[key]
        value = self.grouping.result(rows) if rows else None
        if value is not None and not self.keep(dict(value)):
            value = None
        if self.table.get(key) == value:
            return
        self.history.setdefault(key, []).append(value)
        if value is None:
            self.table.pop(key)
        else:
            self.table[key] = value
