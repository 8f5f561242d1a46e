"""Whether the values read for a key are states that its group passed through, in order.

A group is fed by every partition of the source topic: a payment is in the partition that its key hashes to. Each
partition is processed in its order, but nothing orders one partition against another, so what a group can show is, for
each partition, what some first part of it left behind; and these first parts never get shorter. `passage_fault` decides
exactly whether such first parts exist for a sequence of values. Where all of a group's changes are in one partition
this is the order of commits itself.
"""

import collections
import itertools

from servers.aggregates import Aggregate, aggregate_of
from truth import group_of

# A group of whose first parts there are more combinations would take too long; the histories are made to stay below.
COMBINATIONS_MAX = 3_000_000


def group_changes(steps, partition_of_key):
    """For each group, for each partition, its changes in order: (rows taken out, rows put in).

    A change of the key is two records, of which one may be processed without the other; any other change is one.
    """
    changes = collections.defaultdict(lambda: collections.defaultdict(list))
    for step in steps:
        for before, after in records_of(step):
            partition = partition_of_key[(after or before).transaction_id]
            out_of, into = group_of(before), group_of(after)
            if out_of == into and out_of is not None:
                changes[into][partition].append((before, after))
                continue
            if out_of is not None:
                changes[out_of][partition].append((before, None))
            if into is not None:
                changes[into][partition].append((None, after))
    return changes


def records_of(step):
    """The step as (before, after) of each change record that a connector makes of it."""
    if step.before and step.after and step.before.transaction_id != step.after.transaction_id:
        return [(step.before, None), (None, step.after)]
    return [(step.before, step.after)]


class Prefixes:
    """What each first part of one partition's changes leaves behind of a group."""

    def __init__(self, changes):
        self.states = [self.summary({})]
        rows = {}
        for before, after in changes:
            if before:
                del rows[before.transaction_id]
            if after:
                rows[after.transaction_id] = after.amount
            self.states.append(self.summary(rows))

    @staticmethod
    def summary(rows):
        """(rows, amounts, total, smallest, largest)"""
        amounts = [amount for amount in rows.values() if amount is not None]
        if not amounts:
            return len(rows), 0, None, None, None
        return len(rows), len(amounts), sum(amounts), min(amounts), max(amounts)


def merged(states):
    """The group's row if its partitions are in these states; None if there is none."""
    rows = sum(state[0] for state in states)
    amounts = sum(state[1] for state in states)
    if rows == 0:
        return None
    if amounts == 0:
        return Aggregate(rows, None, None, None, None)
    with_amounts = [state for state in states if state[1]]
    return aggregate_of(rows, amounts, sum(state[2] for state in with_amounts),
                        min(state[3] for state in with_amounts), max(state[4] for state in with_amounts))


def passage_fault(values, changes):
    """None if the group passed through all `values` in this order; else the index of the first that it cannot show.

    `values` are Aggregates, None for a tombstone; `changes` the group's, of group_changes().
    """
    prefixes = [Prefixes(partition_changes).states for partition_changes in changes.values()]
    combinations = 1
    for states in prefixes:
        combinations *= len(states)
    if combinations > COMBINATIONS_MAX:
        raise ValueError(f"a group with {combinations} combinations of first parts: make the history's groups smaller")
    places = collections.defaultdict(list)  # value -> where each partition is, for all ways to show the value
    for lengths in itertools.product(*(range(len(states)) for states in prefixes)):
        shown = merged([states[length] for states, length in zip(prefixes, lengths)])
        places[shown].append(lengths)
    reached = [(0,) * len(prefixes)]
    for index, value in enumerate(values):
        reached = minimal([place for place in places.get(value, ())
                           if any(is_behind(earlier, place) for earlier in reached)])
        if not reached:
            return index
    return None


def is_behind(earlier, later):
    """Whether `later` has all of `earlier`, and perhaps more."""
    return all(a <= b for a, b in zip(earlier, later))


def minimal(places):
    """The places that have no other behind them: from these everything can be reached that can be from any."""
    kept = []
    for place in sorted(places, key=sum):
        if not any(is_behind(earlier, place) for earlier in kept):
            kept.append(place)
    return kept
