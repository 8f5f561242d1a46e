"""Counts what the histories of a whole run were made of: a kind that is never met is a hole in the test."""

import broken
import capture
import wire

TOLD = ("initial snapshot", "insert", "insert of a deleted key", "new amount", "new scale", "move between users",
        "move between currencies", "move in time", "other column", "unchanged update", "stray update", "delete",
        "stray delete", "tombstone", "bare tombstone", "placeholder", "untrue before image", "interleaved transactions",
        "changed again at one lsn", "unreadable at the lsn of a good record", "window brought to its close",
        "connector reconfigured", "update without a before image", "update without a readable after image")
SNAPSHOTS = ("incremental snapshot", "second snapshot", "snapshot ahead of the stream", "snapshot after a lost slot",
             "deleted by a bare tombstone after the snapshot",
             "snapshot by a clock that is behind", "snapshot by a clock that is ahead")
TOLD_AGAIN = ("batch told again", "snapshot row told again", "told again by a connector",
              "told again by a connector that knows less", "fail-over", "clock set back")
KEYS = tuple(f"Kafka key: {key}" for key in capture.KEYS) + (
    "key change", "delete by key change", "insert by key change", "change of the Kafka key",
    "primary key changed inside an update", "placeholder in a key change", "absent in a key change",
    "nameless tombstone",    "rows in several partitions")
TABLES = tuple(f"tables: {tables}" for tables in capture.TABLES) + (
    "of another table: stored row", "of another table: deleted row", "move between partitions of the table")
WRITTEN = tuple(f"written {form}" for form in capture.FORMS) \
    + tuple(f"amounts as {form}" for form in wire.SCHEMA_AMOUNT_FORMS) + ("base64 without a schema",) \
    + tuple(f"times in {unit or 'no unit'}" for unit in capture.UNITS) + ("times as text",) \
    + tuple(f"times with a schema as {form}" for form in wire.SCHEMA_TIME_FORMS) \
    + tuple(f"lsn as {form}" for form in wire.LSN_FORMS) + ("no lsn", "no source time", "int as text") \
    + ("own words, envelope", "own words, flattened", "absent: keep", "absent: null", "absent: refuse")
FATES = tuple(f"record {fate}" for fate in ("applied", "unchanged", "duplicate", "unmatched", "ignored", "dead"))
IMAGES = tuple(f"image {fate}" for fate in ("passed", "filtered", "late", "dead"))
LATE = ("late insertion", "late deletion", "update with both images late", "update with the before late",
        "update with the after late", "late by nothing", "in time by a microsecond")
REASONS = ("unavailable_value", "expression_failed", "no_event_time", "missing_column", "unit_unknown", "missing_image",
           "other_table", "key_not_identity", "a row replaced by a dead letter")
OBSERVATIONS = ("before_mismatch", "lsn_regression", "ahead_of_clock", "key_without_primary_key", "lsn_unreadable",
                "identity_unknown")
KINDS = {"the table": TOLD, "snapshots": SNAPSHOTS, "told again": TOLD_AGAIN, "keys": KEYS, "physical tables": TABLES,
         "not of the table": broken.KINDS + broken.NO_ROW_KINDS, "wire forms": WRITTEN, "fates of records": FATES,
         "fates of images": IMAGES, "late": LATE, "dead letters": REASONS, "observations": OBSERVATIONS}


def count(counted, trial):
    """Adds one trial."""
    counted.update(trial.history.mix)
    records = len(trial.history.emissions)
    counted[f"Kafka key: {trial.capture.key}"] += records
    counted[f"tables: {trial.capture.tables}"] += records
    counted["no lsn"] += 0 if trial.capture.has_lsn else records
    counted["no source time"] += 0 if trial.capture.has_time else records
    for layout in trial.layouts:
        reference = trial.reference(layout)
        counted["records"] += sum(reference.fates.values())
        counted["rows in several partitions"] += trial.is_scattered(layout) * records
        counted.update({f"record {fate}": times for fate, times in reference.fates.items()})
        counted.update({f"image {fate}": times for fate, times in reference.images.items()})
        counted.update(reference.what)
        counted.update(reference.observations)
        counted.update(letter["reason"] for letter in reference.dead if letter["reason"] in REASONS)


def show(counted):
    """Prints the mix; the kinds that are absent."""
    for heading, kinds in KINDS.items():
        print(f"{heading}: " + ", ".join(f"{kind} {counted[kind]}" for kind in kinds))
    return [kind for kinds in KINDS.values() for kind in kinds if not counted[kind]]
