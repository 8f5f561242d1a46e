"""Compares what an independent reader read with what SQL says about the table."""

import collections
import decimal
import json

from passage import group_changes, passage_fault
from servers.aggregates import Aggregate, number, parse_time

FAULTS_SHOWN = 10


class Verdict:
    """Collects faults; end() raises if there are any."""

    def __init__(self):
        self.faults = []

    def fault(self, text):
        """Something that is wrong."""
        self.faults.append(text)

    def demand(self, condition, text):
        """A fault unless the condition is true."""
        if not condition:
            self.fault(text)

    def end(self):
        """Raises AssertionError with the first faults, if there is any."""
        if self.faults:
            shown = "\n".join(f"  {fault}" for fault in self.faults[:FAULTS_SHOWN])
            raise AssertionError(f"{len(self.faults)} faults, of which the first are:\n{shown}")


def output_group(key):
    """The group of an output key."""
    return key["user_id"], key["currency"], parse_time(key["window_start"])


def spend_value(value):
    """The row of spend.yaml; None for a tombstone."""
    if value is None:
        return None
    row = json.loads(value)
    return Aggregate(row["payments"], number(row["total"]), number(row["smallest"]), number(row["largest"]),
                     number(row["mean"]))


def values_by_group(records, decode):
    """All values of each group in the order in which they were read."""
    values = collections.defaultdict(list)
    for record in records:
        values[output_group(json.loads(record.key))].append(decode(record.value))
    return values


def check_windows(verdict, values, truth):
    """Every group of the table, and no other, has as its last value what SQL says. Returns how many were compared."""
    groups = truth.keys() | values.keys()
    for group in groups:
        shown = values[group][-1] if group in values else None
        verdict.demand(shown == truth.get(group), f"{name_of(group)}: shown {shown}, SQL says {truth.get(group)}")
    return len(groups)


def check_passage(verdict, values, steps, partition_of_key):
    """Every value was a state of its group, in order. Returns (values checked, groups in one partition, repeats)."""
    changes = group_changes(steps, partition_of_key)
    repeats = checked = single = 0
    for group, shown in values.items():
        checked += len(shown)
        repeats += sum(a == b for a, b in zip(shown, shown[1:]))
        single += len(changes.get(group, ())) == 1
        fault = passage_fault(shown, changes.get(group, {}))
        if fault is not None:
            verdict.fault(f"{name_of(group)}: value {fault + 1} of {len(shown)} is no state that the group passed "
                          f"through after the one before: {shown[max(0, fault - 2):fault + 1]}")
    return checked, single, repeats


def check_late(verdict, values, late_records, truth):
    """For every group, what is shown plus what the late topic holds is what SQL says. Returns halves that were late."""
    sums = collections.defaultdict(lambda: [0, 0, decimal.Decimal(0)])
    for group, shown in values.items():
        if shown[-1] is not None:
            add(sums[group], 1, *shown[-1])
    origins = collections.Counter()
    halves = 0
    for record in late_records:
        late = json.loads(record.value)
        origins[late["topic"], late["partition"], late["offset"]] += 1
        for half, sign in (("before", -1), ("after", 1)):
            if late[half] and late[half]["late"]:
                amount = number(late[half]["columns"]["amount"])
                group = output_group(late[half]["group"] | {"window_start": late[half]["window_start"]})
                add(sums[group], sign, 1, amount is not None, amount or 0)
                halves += 1
    for origin, count in origins.items():
        verdict.demand(count == 1, f"the record {origin} is {count} times in the late topic")
    for group in sums.keys() | truth.keys():
        row = truth.get(group)
        wanted = [0, 0] if row is None else [row.payments, row.total or 0]
        got = [sums[group][0], sums[group][2]] if group in sums else [0, 0]
        verdict.demand(got == wanted, f"{name_of(group)}: value + late is {got}, SQL says {wanted}")
    return halves


def check_dead_letters(verdict, letters, steps):
    """Payments without a time, and nothing else, are dead letters, each once."""
    wanted = sum(step.after is not None and step.after.timestamp is None and step.after != step.before
                 for step in steps)
    headers = [dict(letter.headers) for letter in letters]
    origins = {(each["tallymill.partition"], each["tallymill.offset"]) for each in headers}
    reasons = {each["tallymill.reason"] for each in headers}
    verdict.demand(len(letters) == len(origins) == wanted,
                   f"{len(letters)} dead letters of {len(origins)} records, and {wanted} payments were without a time")
    verdict.demand(reasons <= {b"no_event_time"}, f"dead letters for {reasons}")
    return len(letters)


def check_killed(verdict, killed, committed):
    """What was seen of killed transactions was never read as committed. Returns how many such records were seen."""
    places = {(record.topic, record.partition, record.offset) for record in committed}
    uncommitted = 0
    for transaction in killed:
        for record in transaction.first_records:
            verdict.demand((record.topic, record.partition, record.offset) not in places,
                           f"{record.topic}-{record.partition} at {record.offset}, of a transaction of "
                           f"{transaction.transactional_id} that was killed, was read as committed")
        uncommitted += sum((record.topic, record.partition, record.offset) not in places for record in transaction.seen)
    return uncommitted


def graced_value(value):
    """(payments, amounts, total) of graced.yaml; None for a tombstone."""
    if value is None:
        return None
    row = json.loads(value)
    return row["payments"], row["amounts"], number(row["total"]) or 0


def add(sums, sign, *figures):
    """Adds the figures to the sums."""
    for index, figure in enumerate(figures):
        sums[index] += sign * figure


def name_of(group):
    """A group as text."""
    user, currency, minute = group
    return f"user {user}, {currency}, {minute:%H:%M}"


class SourceLog:
    """What the source topic holds: in which partition each key is, how many records, how many of them twice."""

    def __init__(self, records):
        self.records = len(records)
        self.partition_of_key = {}
        self.duplicates = 0
        seen = set()
        for record in records:
            key = json.loads(record.key)["transaction_id"]
            self.partition_of_key[key] = record.partition
            if record.value is None:
                continue
            change = json.loads(record.value)["payload"]
            if change["op"] == "r":
                continue
            identity = (key, change["source"]["lsn"], change["op"])
            self.duplicates += identity in seen
            seen.add(identity)
