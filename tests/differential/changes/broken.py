"""Records that are no changes: dead letters of every kind, and records that carry no row."""

import json

import exact
import wire
from records import Record


def emission(chance, row, lsn, now_ms, events):
    """(record, key text, value text) of a malformed record of a row that nothing else tells of."""
    kind = chance.choice(sorted(_KINDS if not events else set(_KINDS) - {"key and row differ", "no key anywhere"}))
    reason, make = _KINDS[kind]
    record = Record("broken", row["id"], after=row, lsn=lsn, source_time_ms=now_ms, reason=reason, label=kind)
    key_text, value_text = make(record)
    return record, key_text, value_text


def _envelope(record, after, key=None):
    source = {"version": "3.6.0.Final", "connector": "postgresql", "name": "cdc", "ts_ms": record.source_time_ms,
              "snapshot": "false", "schema": "public", "table": "transactions"}
    if record.lsn is not None:
        source["lsn"] = record.lsn
    value = {"before": None, "after": after, "source": source, "op": "c", "ts_ms": record.source_time_ms}
    return key or wire.compact({"id": record.key}), wire.compact(value)


def _image(record, **changes):
    amount = record.after["amount"]
    image = dict(record.after, amount=None if amount is None else exact.text(amount), timestamp=1_700_000_000_000_000)
    return image | changes


def _without_column(record):
    image = _image(record)
    del image["amount"]
    return _envelope(record, image)


def _other_id(record):
    return _envelope(record, _image(record, id=record.key + "-other"))


def _null_id(record):
    return None, _envelope(record, _image(record, id=None))[1]


# What the mix calls it: the reason of the dead letter, and the record's key and value.
_KINDS = {
    "no JSON": ("malformed_record", lambda record: (wire.compact({"id": record.key}), "not json {")),
    "cut JSON": ("malformed_record", lambda record: (_envelope(record, _image(record))[0],
                                                     _envelope(record, _image(record))[1][:-40])),
    "a JSON array": ("malformed_record", lambda record: (wire.compact({"id": record.key}), "[1,2]")),
    "column missing": ("missing_column", _without_column),
    "amount NaN": ("decimal_not_finite", lambda record: _envelope(record, _image(record, amount="NaN"))),
    "amount no number": ("wrong_type", lambda record: _envelope(record, _image(record, amount="12,50"))),
    "amount a list": ("wrong_type", lambda record: _envelope(record, _image(record, amount=[1]))),
    "time no time": ("wrong_type", lambda record: _envelope(record, _image(record, timestamp="yesterday"))),
    "user a number": ("wrong_type", lambda record: _envelope(record, _image(record, user_id=7))),
    "key and row differ": ("key_mismatch", _other_id),
    "no key anywhere": ("missing_key", _null_id),
}


def no_row(chance, now_ms, events):
    """A record that is counted as ignored."""
    kind = chance.choice(sorted(_NO_ROW if not events else set(_NO_ROW) - {"truncate", "tombstone of no row"}))
    op, key, value, kafka_key = _NO_ROW[kind]
    document = None if value is None else json.loads(json.dumps(value).replace('"NOW"', str(now_ms)))
    record = Record(op, key or "", source_time_ms=now_ms, kafka_key=kafka_key, label=kind)
    return record, key, None if document is None else wire.compact(document)


_SOURCE = {"connector": "postgresql", "name": "cdc", "ts_ms": "NOW", "snapshot": "false", "lsn": 9_999_999,
           "schema": "public", "table": "transactions"}
_NO_ROW = {
    "truncate": ("t", None, {"before": None, "after": None, "source": _SOURCE, "op": "t", "ts_ms": "NOW"}, "none"),
    "logical message": ("ignored", '{"prefix":"p"}',
                        {"op": "m", "ts_ms": "NOW", "source": _SOURCE, "message": {"prefix": "p", "content": "YQ=="}},
                        "other"),
    "heartbeat": ("ignored", '{"serverName":"cdc"}', {"ts_ms": "NOW"}, "other"),
    "transaction marker": ("ignored", '{"id":"571:53195829"}',
                           {"status": "END", "id": "571:53195829", "event_count": 2, "ts_ms": "NOW",
                            "data_collections": [{"data_collection": "public.transactions", "event_count": 2}]},
                           "other"),
    "tombstone of no row": ("null", '{"shard":3}', None, "other"),
}

KINDS = tuple(_KINDS)
NO_ROW_KINDS = tuple(_NO_ROW)
