"""Every check of one run: what the engine printed against what the reference says."""

import collections
import json

import exact
from engine import late_money, pairs


def differences(topology, reference, output, layout):
    """Sentences about all that differs; none if nothing does."""
    found = same_tables("table", topology.tables(reference.view), output.tables())
    found += _letters("dead letter", [_readable(each) for each in reference.dead],
                      [_readable(each) for each in output.dead])
    found += _letters("late record", reference.late, output.late)
    found += _counts("records", +reference.fates, output.fates)
    found += _counts("images", {name: count for name, count in (+reference.images).items() if name != "received"},
                     output.images.get("changes", {}))
    for name, count in reference.observations.items():
        if count != output.observations.get(name, 0):
            found.append(f"{name}: want {count}, got {output.observations.get(name, 0)}")
    if topology.grouping and topology.window:
        found += value_and_late(topology, reference, output)
    if layout.commit_every == 1 or layout.partitions == 1:
        found += _histories(topology, reference.view, output, layout.commit_every == 1)
    return found


def same_tables(what, wanted, printed):
    """Sentences about the rows that differ."""
    found = []
    for topic in sorted(set(wanted) | set(printed)):
        want, got = wanted.get(topic, {}), printed.get(topic, {})
        found += [f"{what} {topic} {dict(key)}:\n    want {want.get(key)}\n    got  {got.get(key)}"
                  for key in sorted(set(want) | set(got), key=repr) if want.get(key) != got.get(key)]
    return found


def _readable(letter):
    """A dead letter with key and value as `pipe` prints them: an object as it is, anything else as text."""
    def shown(text):
        if not isinstance(text, str):
            return text
        try:
            document = json.loads(text, object_pairs_hook=pairs, parse_float=str)
        except ValueError:
            return text
        return document if text.startswith("{") else text

    return letter | {name: repr(shown(letter[name])) for name in ("key", "value")}


def _letters(what, wanted, printed):
    """Compares two lists regardless of order; both are identified by partition and offset."""
    def spelled(letters):
        return collections.Counter(json.dumps(letter, sort_keys=True, ensure_ascii=False) for letter in letters)

    missing, surplus = spelled(wanted) - spelled(printed), spelled(printed) - spelled(wanted)
    return [f"{what} missing: {each}" for each in missing] + [f"{what} too many: {each}" for each in surplus]


def _counts(what, wanted, printed):
    return [] if dict(wanted) == dict(printed) else [f"{what}: want {dict(wanted)}, got {dict(printed)}"]


def value_and_late(topology, reference, output):
    """Per group and window, value + late = what SQL says of the rows that were told and could be counted."""
    return _balance("value + late", topology, reference.kept_rows(), [], output)


def value_late_and_dead(topology, reference, history, output):
    """The promise: per group and window, value + late + dead = what SQL says of the table.

    Of the reference it takes only which dead letter is the last word on its row, and which rows nobody told of.
    """
    if topology.mode == "events" or topology.by_commit_time:
        return []
    letters = {(int(letter["partition"]), int(letter["offset"])) for letter in output.dead}
    told = reference.rows()
    truth, dead = [], []
    for key, row in (history.table | {key: told[key] for key in told if key in history.ghosts}).items():
        if key not in told and key not in reference.dead_keys():
            continue
        counted = reference.kept(row)
        if counted is None:
            continue
        truth.append(counted)
        if (key not in told or reference.kept(told[key]) is None) and reference.standing.get(key) in letters:
            dead.append(counted)
    return _balance("value + late + dead", topology, truth, dead, output)


def _balance(what, topology, rows_in_truth, dead, output):
    truth, letters = collections.defaultdict(list), collections.defaultdict(list)
    for row in rows_in_truth:
        truth[topology.grouping.key(row)].append(row)
    for row in dead:
        letters[topology.grouping.key(row)].append(row)
    rows, money = late_money(output.late)
    table = output.tables().get(topology.topic, {})
    found = []
    zero = exact.number("0")
    for key in sorted(set(truth) | set(rows) | set(table), key=repr):
        value = dict(table.get(key, ()))
        parts = [exact.number(value.get("total") or "0"), money.get(key, zero), _sum(letters[key])]
        got = value.get("payments", 0) + rows[key] + len(letters[key]), exact.total(parts)
        want = len(truth[key]), _sum(truth[key])
        if got != want:
            found.append(f"{what} of {dict(key)}: want {want}, got {got}")
    return found


def _sum(rows):
    return exact.total([exact.number("0")] + [row["amount"] for row in rows if row["amount"] is not None])


def _histories(topology, view, output, all_of_it):
    """Each printed value of a key is one that it passed through, in order; `all_of_it`: and all are printed."""
    printed = collections.defaultdict(list)
    for key, value in output.emissions.get(topology.topic, ()):
        if not (view.may_repeat and printed[key] and printed[key][-1] == value):
            printed[key].append(value)
    found = []
    for key in sorted(set(view.history) | set(printed), key=repr):
        want, got = view.history.get(key, []), printed.get(key, [])
        if not (_passed_through(want, got) if all_of_it else _is_subsequence(got, want)):
            found.append(f"{topology.topic} {dict(key)} passed through other values:\n    want {want}\n    got  {got}")
    return found


def _passed_through(wanted, printed):
    """Whether all wanted values were printed, and nothing else. A minimum may have several texts: what fits the value
    that was printed last need not be printed again."""
    rest = list(printed)
    last = None
    for value in wanted:
        if rest and rest[0] == value:
            last = rest.pop(0)
        elif last is None or last != value:
            return False
    return not rest


def _is_subsequence(some, whole):
    rest = iter(whole)
    return all(any(value == other for other in rest) for value in some)
