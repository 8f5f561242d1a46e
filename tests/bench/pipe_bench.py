"""Measures `tallymill pipe` per record, on synthetic envelopes with the shape of the recorded ones."""

import bisect
import itertools
import json
import random
import resource
import subprocess
import sys

# The size whose time is taken out: the start of the process, of the plan, and of the first allocations.
BASE_RECORDS = 20_000
# Zipf with exponent 1 over 100,000 users: of rank r, a share that falls as 1 / r. Sums of the shares up to each rank.
USERS = list(itertools.accumulate(1 / rank for rank in range(1, 100_001)))
# One event every 3 ms: 200,000 of them are ten minutes, and a smaller file is the beginning of a larger one.
EVENT_DISTANCE_US = 3_000
FIRST_EVENT_US = 1_795_385_280_000_000
FIRST_LSN = 26_779_056

COLUMNS = (
    "transaction_id", "user_id", "timestamp", "amount", "currency", "city", "country", "merchant_name",
    "payment_method", "ip_address", "voucher_code", "affiliateid",
)
# VariableScaleDecimal: 12.5, 0.03, 555.37 and 1000.
AMOUNTS = ({"scale": 1, "value": "fQ=="}, {"scale": 2, "value": "Aw=="}, {"scale": 2, "value": "ANjx"},
           {"scale": 0, "value": "A+g="})
CURRENCIES = ("USD", "GBP", "EUR")
TYPES = {"timestamp": {"type": "int64", "name": "io.debezium.time.MicroTimestamp", "version": 1}}
AMOUNT_TYPE = {
    "type": "struct", "name": "io.debezium.data.VariableScaleDecimal", "version": 1, "doc": "Variable scaled decimal",
    "fields": [{"type": "int32", "optional": False, "field": "scale"},
               {"type": "bytes", "optional": False, "field": "value"}],
}
SOURCE_TYPES = {"version": "string", "connector": "string", "name": "string", "ts_ms": "int64", "snapshot": "string",
                "db": "string", "sequence": "string", "ts_us": "int64", "ts_ns": "int64", "schema": "string",
                "table": "string", "txId": "int64", "lsn": "int64", "xmin": "int64", "origin": "string",
                "origin_lsn": "int64"}


def field(name, description, optional):
    return {**description, "optional": optional, "field": name}


def row_schema(name):
    """The schema of `before` and `after`."""
    types = {"amount": AMOUNT_TYPE, **TYPES}
    fields = [field(column, types.get(column, {"type": "string"}), column != "transaction_id") for column in COLUMNS]
    return {"type": "struct", "fields": fields, "optional": True, "name": "cdc.public.transactions.Value",
            "field": name}


def value_schema():
    """The schema of a whole envelope, as the JSON converter puts it before each payload."""
    source = {"type": "struct", "name": "io.debezium.connector.postgresql.Source", "version": 1, "optional": False,
              "field": "source", "fields": [field(name, {"type": kind}, True) for name, kind in SOURCE_TYPES.items()]}
    transaction = {"type": "struct", "name": "event.block", "version": 1, "optional": True, "field": "transaction",
                   "fields": [field("id", {"type": "string"}, False), field("total_order", {"type": "int64"}, False),
                              field("data_collection_order", {"type": "int64"}, False)]}
    times = [field(name, {"type": "int64"}, True) for name in ("ts_ms", "ts_us", "ts_ns")]
    return {"type": "struct", "optional": False, "name": "cdc.public.transactions.Envelope", "version": 2,
            "fields": [row_schema("before"), row_schema("after"), source, transaction,
                       field("op", {"type": "string"}, False), *times]}


def key_schema():
    return {"type": "struct", "optional": False, "name": "cdc.public.transactions.Key",
            "fields": [field("transaction_id", {"type": "string"}, False)]}


def record(number, user, amount, currency, event_us, event_ms, event_ns, lsn):
    """The key and the value of one insert, every key of its own."""
    key = {"transaction_id": f"t{number}"}
    after = {**key, "user_id": f"u{user}", "timestamp": event_us, "amount": amount, "currency": currency, "city": "a",
             "country": "b", "merchant_name": "m", "payment_method": "credit_card", "ip_address": "1.1.1.1",
             "voucher_code": "", "affiliateid": ""}
    source = {"version": "3.6.0.Final", "connector": "postgresql", "name": "cdc", "ts_ms": event_ms,
              "snapshot": "false", "db": "financial_db", "sequence": f'["{lsn}","{lsn}"]', "ts_us": event_us,
              "ts_ns": event_ns, "schema": "public", "table": "transactions", "txId": number, "lsn": lsn,
              "xmin": None, "origin": None, "origin_lsn": None}
    value = {"before": None, "after": after, "source": source, "transaction": None, "op": "c",
             "ts_ms": event_ms, "ts_us": event_us, "ts_ns": event_ns}
    return key, value


def envelope(number, randomness):
    """The record of this number."""
    event_us = FIRST_EVENT_US + number * EVENT_DISTANCE_US
    return record(number=number, user=bisect.bisect(USERS, randomness.random() * USERS[-1]),
                  amount=randomness.choice(AMOUNTS), currency=randomness.choice(CURRENCIES), event_us=event_us,
                  event_ms=event_us // 1000, event_ns=event_us * 1000, lsn=FIRST_LSN + 100 * number)


def write_records(path, records, with_schema):
    """Writes a file of `pipe` lines; equal arguments write equal files."""
    randomness = random.Random(7)
    encode = json.JSONEncoder(separators=(",", ":")).encode
    key_prefix, value_prefix = (f'{{"schema":{encode(schema)},"payload":' for schema in (key_schema(), value_schema()))
    with open(path, "w", encoding="utf-8") as file:
        for number in range(records):
            key, value = (encode(part) for part in envelope(number, randomness))
            if with_schema:
                key, value = f"{key_prefix}{key}}}", f"{value_prefix}{value}}}"
            file.write(f'{{"topic":"cdc.public.transactions","partition":{number % 4},"offset":{number // 4},'
                       f'"timestamp":{FIRST_EVENT_US // 1000},"key":{key},"value":{value}}}\n')


def cpu_seconds(command):
    """User and system time of a command, whose output is not kept."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def measure_pipe(tallymill, topology, folder, records, repetitions):
    """(name, [ns of CPU per record of each repetition]) without and with schemas."""
    rows = []
    for name, with_schema in (("pipe/without_schema", False), ("pipe/with_schema", True)):
        print(f"{name}: writing {records + BASE_RECORDS:,} envelopes", file=sys.stderr)
        small, large = folder / "small.jsonl", folder / "large.jsonl"
        write_records(small, BASE_RECORDS, with_schema)
        write_records(large, BASE_RECORDS + records, with_schema)
        times = []
        for _ in range(repetitions):
            base = cpu_seconds([tallymill, "pipe", topology, small, "--final"])
            times.append((cpu_seconds([tallymill, "pipe", topology, large, "--final"]) - base) / records * 1e9)
        rows.append((name, times))
    return rows
