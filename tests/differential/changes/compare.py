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
    found += _counts("halves", {name: count for name, count in (+reference.halves).items() if name != "entered"},
                     output.halves.get("changes", {}))
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
    """The promise: per group and window, value + late = what SQL says of the table."""
    truth = collections.defaultdict(list)
    for row in reference.kept_rows():
        truth[topology.grouping.key(row)].append(row)
    rows, money = late_money(output.late)
    table = output.tables().get(topology.topic, {})
    found = []
    zero = exact.number("0")
    for key in sorted(set(truth) | set(rows) | set(table), key=repr):
        value = dict(table.get(key, ()))
        got = value.get("payments", 0) + rows[key], exact.EXACT.add(exact.number(value.get("total") or "0"),
                                                                    money.get(key, zero))
        want = len(truth[key]), exact.total([zero] + [row["amount"] for row in truth[key] if row["amount"] is not None])
        if got != want:
            found.append(f"value + late of {dict(key)}: want {want}, got {got}")
    return found


def _histories(topology, view, output, all_of_it):
    """Each printed value of a key is one that it passed through, in order; `all_of_it`: and all are printed."""
    printed = collections.defaultdict(list)
    for key, value in output.emissions.get(topology.topic, ()):
        if not (view.may_repeat and printed[key] and printed[key][-1] == value):
            printed[key].append(value)
    found = []
    for key in sorted(set(view.history) | set(printed), key=repr):
        want, got = view.history.get(key, []), printed.get(key, [])
        if want != got if all_of_it else not _is_subsequence(got, want):
            found.append(f"{topology.topic} {dict(key)} passed through other values:\n    want {want}\n    got  {got}")
    return found


def _is_subsequence(some, whole):
    rest = iter(whole)
    return all(any(value == other for other in rest) for value in some)
