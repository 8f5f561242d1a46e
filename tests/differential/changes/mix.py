"""Counts what the histories of a whole run were made of: a kind that is never met is a hole in the test."""

import broken
import wire

TOLD = ("initial snapshot", "snapshot in mid-stream", "snapshot ahead of the stream", "insert", "insert by key change",
        "insert of a deleted key", "new amount", "new scale", "move between users", "move between currencies",
        "move in time", "other column", "unchanged update", "stray update", "delete", "stray delete", "key change",
        "tombstone", "bare tombstone", "told again", "placeholder", "interleaved transactions", "fail-over",
        "clock set back", "window brought to its close", "untrue before image", "connector reconfigured",
        "without a Kafka key")
WRITTEN = tuple(f"written {form}" for form in wire.FORMS) + tuple(f"amounts as {form}" for form in
                                                                  wire.SCHEMA_AMOUNT_FORMS)
FATES = tuple(f"record {fate}" for fate in ("applied", "unchanged", "duplicate", "unmatched", "ignored", "dead"))
HALVES = tuple(f"half {fate}" for fate in ("passed", "filtered", "late", "dead"))
LATE = ("late insertion", "late deletion", "update with both halves late", "update with the before late",
        "update with the after late", "late by nothing", "in time by a microsecond")
REASONS = ("unavailable_value", "expression_failed", "no_event_time")
OBSERVATIONS = ("before_mismatch", "lsn_regression", "ahead_of_clock", "key_without_primary_key")
KINDS = {"the table": TOLD, "not of the table": broken.KINDS + broken.NO_ROW_KINDS, "wire forms": WRITTEN,
         "fates of records": FATES, "fates of halves": HALVES, "late": LATE,
         "dead letters of good records": REASONS, "observations": OBSERVATIONS}


def count(counted, trial):
    """Adds one trial."""
    for label, times in trial.history.mix.items():
        if label.startswith("written "):
            form, amounts, _ = label.removeprefix("written ").split("/")
            counted[f"written {form}"] += times
            counted[f"amounts as {amounts}"] += times
        else:
            counted[label] += times
    for reference in trial.references():
        counted["records"] += sum(reference.fates.values())
        counted.update({f"record {fate}": times for fate, times in reference.fates.items()})
        counted.update({f"half {fate}": times for fate, times in reference.halves.items()})
        counted.update(reference.what)
        counted.update(reference.observations)
        counted.update(letter["reason"] for letter in reference.dead if letter["reason"] in REASONS)


def show(counted):
    """Prints the mix; the kinds that are absent."""
    for heading, kinds in KINDS.items():
        print(f"{heading}: " + ", ".join(f"{kind} {counted[kind]}" for kind in kinds))
    return [kind for kinds in KINDS.values() for kind in kinds if not counted[kind]]
