"""Records that cannot be applied, written with one fault each, and records that carry no row."""

import dataclasses
import json

import wire
from records import NOWHERE, Record


def of_row(chance, writer, record):
    """(record, key text, value text) of a record whose row cannot be read, though it is known which row it is."""
    kinds = _row_kinds(writer.capture)
    if not writer.capture.absent and writer.capture.row_is_named:
        kinds += VALUE_KINDS
    return _written(chance.choice(kinds), writer, record)


def stray(chance, writer, record):
    """The same of a row that nothing else tells of, or of none."""
    kinds = _row_kinds(writer.capture) + VALUE_KINDS
    if writer.capture.mode == "table":
        kinds.append("no key anywhere")
        if writer.capture.row_is_named:
            kinds.append("key and row differ")
    return _written(chance.choice(kinds), writer, record)


# What the mix calls it: the reason of the dead letter, and the columns as they come then.
_ROW_FAULTS = {
    "amount NaN": ("decimal_not_finite", {"amount": "NaN"}),
    "amount no number": ("wrong_type", {"amount": "12,50"}),
    "amount a list": ("wrong_type", {"amount": [1]}),
    "time no time": ("wrong_type", {"timestamp": "yesterday"}),
    "user a number": ("wrong_type", {"user_id": 7}),
    "seconds without a unit": ("unit_unknown", {"timestamp": 1_790_000_000}),
    "column missing": ("missing_column", {}),
    "operation no word": ("operation_unknown", {}),
}
VALUE_KINDS = ["no JSON", "cut JSON", "a JSON array"]
KINDS = tuple(_ROW_FAULTS) + tuple(VALUE_KINDS) + ("key and row differ", "no key anywhere")


def _row_kinds(capture):
    # As base64 any text is another fault, and with a unit any number a time.
    left_out = {"amount NaN", "amount no number"} if capture.wire == "base64" else set()
    left_out |= {"seconds without a unit"} if capture.unit else set()
    # Without a primary key what an unknown operation takes out is not known, and cannot be told again.
    left_out |= {"operation no word"} if capture.mode == "changelog" else set()
    return [kind for kind in _ROW_FAULTS if kind not in left_out]


def _written(kind, writer, record):
    # Amounts and times in the forms that say what they are, whatever is declared.
    form = "flattened" if writer.form == "flattened" else "plain"
    writer = dataclasses.replace(writer, form=form, amounts="struct", times="text")
    record = dataclasses.replace(writer.completed(record), label=kind)
    key_text, document = writer.key(record), json.loads(writer.value(record))
    row = document if form == "flattened" else document["after"]
    if kind in VALUE_KINDS:
        text = {"no JSON": "not json {", "cut JSON": wire.compact(document)[:-40], "a JSON array": "[1,2]"}[kind]
        is_named = record.key_form in ("identity", "exceeds") and writer.capture.row_is_named
        return dataclasses.replace(
            record, op="unknown", reason="malformed_record", key=record.key if is_named else None, lsn=None,
            source_time_ms=None, transaction=None, table=NOWHERE, flattened=False, lsn_unreadable=False), key_text, text
    if kind == "key and row differ":
        row["id"] += "-other"
        return dataclasses.replace(record, key=None, reason="key_mismatch"), key_text, wire.compact(document)
    if kind == "no key anywhere":
        row["id"] = None
        record = dataclasses.replace(record, key=None, reason="missing_key", key_form="none", key_columns=None)
        return record, None, wire.compact(document)
    reason, columns = _ROW_FAULTS[kind]
    record = dataclasses.replace(record, reason=reason, op="unknown" if kind == "operation no word" else record.op)
    row.update(columns)
    if kind == "column missing":
        del row["amount"]
    if kind == "operation no word":
        document[writer.capture.operation_field() if form == "flattened" else "op"] = "x"
    return record, key_text, wire.compact(document)


def no_row(chance, now_ms, capture):
    """A record that is counted as ignored."""
    left_out = {"truncate", "tombstone of no row"} if capture.mode != "table" else set()
    kind = chance.choice(sorted(set(_NO_ROW) - left_out))
    op, key, value = _NO_ROW[kind]
    document = None if value is None else json.loads(json.dumps(value).replace('"NOW"', str(now_ms)))
    record = Record(op, None, source_time_ms=now_ms, told_ms=now_ms, label=kind, key_form="lacks" if key else "none",
                    key_columns=None if key is None else (("text", key),))
    return record, key, None if document is None else wire.compact(document)


_SOURCE = {"connector": "postgresql", "name": "cdc", "ts_ms": "NOW", "snapshot": "false", "lsn": 9_999_999,
           "schema": "public", "table": "transactions"}
_NO_ROW = {
    "truncate": ("t", None, {"before": None, "after": None, "source": _SOURCE, "op": "t", "ts_ms": "NOW"}),
    "logical message": ("ignored", '{"prefix":"p"}',
                        {"op": "m", "ts_ms": "NOW", "source": _SOURCE, "message": {"prefix": "p", "content": "YQ=="}}),
    "heartbeat": ("ignored", '{"serverName":"cdc"}', {"ts_ms": "NOW"}),
    "transaction marker": ("ignored", '{"id":"571:53195829"}',
                           {"status": "END", "id": "571:53195829", "event_count": 2, "ts_ms": "NOW",
                            "data_collections": [{"data_collection": "public.transactions", "event_count": 2}]}),
    "tombstone of no row": ("null", '{"shard":3}', None),
}
NO_ROW_KINDS = tuple(_NO_ROW)
