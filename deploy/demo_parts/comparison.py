"""Compares what the outputs show with what SQL says, without false alarms.

While rows change a window may be behind. It is wrong only if the outputs show a beat (see heartbeat.py), the window was
not changed since that beat's snapshot, and it is not what SQL says all the same.
"""

import collections
import dataclasses
import datetime

from servers.aggregates import number, parse_time

EQUAL = "="
WRONG = "WRONG"


@dataclasses.dataclass(frozen=True)
class Compared:
    """A window: what is shown and what SQL says (None where there is no row), and the verdict on it."""

    window: tuple
    shown: object
    truth: object
    verdict: str


def compare(shown, view):
    """Each window of `shown`, in its order, and then each other one of the TableView as a Compared. `shown` must have
    been read after a beat was seen, and the view be asked with that beat's snapshot, after that."""
    compared = []
    for window in dict.fromkeys([*shown, *view.windows]):
        row, truth = shown.get(window), view.windows.get(window)
        behind = view.changes.get(window, 0)
        if row == truth:
            verdict = EQUAL
        elif behind:
            verdict = f"{behind} row{'s' if behind > 1 else ''} behind"
        else:
            verdict = WRONG
        compared.append(Compared(window, row, truth, verdict))
    return compared


def faults_of_users(shown, truth):
    """What is wrong with the first topology when nothing changes any more: a line for each window."""
    return [f"spend-per-user, {name_of(window)}: shown {shown.get(window)}, SQL says {truth.get(window)}"
            for window in sorted(shown.keys() | truth.keys(), key=str) if shown.get(window) != truth.get(window)]


def faults_of_merchants(shown, late_records, truth):
    """The same of the second, whose windows close: what is shown plus what the late topic lists must be what SQL says.

    The largest payment cannot be had back from that, so it is compared where nothing was late.
    """
    payments, totals = collections.Counter(), collections.Counter()
    for window, row in shown.items():
        payments[window] += row[0]
        totals[window] += row[1] or 0
    touched = set()
    for window, sign, amount in late_halves(late_records):
        payments[window] += sign
        totals[window] += sign * amount
        touched.add(window)
    faults = []
    for window in sorted(shown.keys() | touched | truth.keys(), key=str):
        wanted = truth.get(window, (0, 0, None))
        got = (payments[window], totals[window])
        if got != (wanted[0], wanted[1] or 0):
            faults.append(f"spend-per-merchant, {name_of(window)}: shown and late make {got[0]} payments of {got[1]}, "
                          f"SQL says {wanted[0]} of {wanted[1]}")
        elif window not in touched and window in shown and shown[window][2] != wanted[2]:
            faults.append(f"spend-per-merchant, {name_of(window)}: the largest is shown as {shown[window][2]}, "
                          f"SQL says {wanted[2]}")
    return faults


def late_halves(records):
    """(window, sign, amount) of each half that the late topic lists: a half before a change is taken out again."""
    for record in records:
        for half, sign in (("before", -1), ("after", 1)):
            if record[half] and record[half]["late"]:
                group = record[half]["group"]
                window = group["merchant_name"], group["currency"], parse_time(record[half]["window_start"])
                if window[2] != datetime.datetime.max:  # see outputs.put
                    yield window, sign, number(record[half]["columns"]["amount"]) or 0


def name_of(window):
    """A window as text."""
    name, currency, minute = window
    return f"{name} {currency} {minute:%H:%M}"
