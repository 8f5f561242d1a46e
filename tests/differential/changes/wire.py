"""Writes records as a connector does: envelope or flattened, with and without schemas, in every form of its values."""

import base64
import dataclasses
import json
import zlib

import exact
from capture import BASE64_SCALE
from records import COLUMNS, NOWHERE, Special

INFINITIES = {Special.INFINITY: 9223372036825200000, Special.MINUS_INFINITY: -9223372036832400000}
STRING = {"type": "string", "optional": True}
AMOUNT_FORMS = ("string", "struct", "number")
SCHEMA_AMOUNT_FORMS = AMOUNT_FORMS + ("fixed",)
TIME_FORMS = ("number", "text")
SCHEMA_TIME_FORMS = ("text", "millis", "micros", "nanos")
LSN_FORMS = ("number", "text", "hex", "long")
# Without a unit a number is a time in microseconds if no other unit makes sense of it.
MICROS_WITHOUT_UNIT = range(100_000_000_000_000, 10_000_000_000_000_000)


def compact(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def coefficient_base64(value):
    """Big-endian two's complement of the decimal's digits, as Java's BigInteger writes it."""
    coefficient = exact.coefficient_of(value)
    length = (coefficient if coefficient >= 0 else ~coefficient).bit_length() // 8 + 1
    return base64.b64encode(coefficient.to_bytes(length, "big", signed=True)).decode()


@dataclasses.dataclass(frozen=True)
class Writer:
    """How one connector run writes: a form of the record and of each kind of value."""
    capture: object
    form: str
    amounts: str
    times: str
    lsns: str
    int_as_text: bool
    states_table: bool  # a flattened record has fields for it

    @staticmethod
    def draw(chance, capture):
        form = chance.choice(capture.forms)
        if form == "schemas":
            amounts, times = chance.choice(SCHEMA_AMOUNT_FORMS), chance.choice(SCHEMA_TIME_FORMS)
        else:
            amounts = chance.choice(("fixed", "struct", "number") if capture.wire == "base64" else AMOUNT_FORMS)
            times = chance.choice(TIME_FORMS)
        return Writer(capture, form, amounts, times, chance.choice(("number", "number") + LSN_FORMS),
                      int_as_text=form != "schemas" and chance.random() < 0.3,
                      states_table=capture.tables != "one" or chance.random() < 0.5)

    def labels(self):
        """What the mix counts of a record that is so written."""
        names = ["written " + self.form, "amounts as " + self.amounts, "lsn as " + self.lsns]
        if self.form == "schemas":
            names.append("times with a schema as " + self.times)
        else:
            names.append("times as text" if self.times == "text" else f"times in {self.capture.unit or 'no unit'}")
            if self.amounts == "fixed":
                names.append("base64 without a schema")
        if self.int_as_text:
            names.append("int as text")
        if self.capture.own_words:
            names.append("own words, " + ("flattened" if self.form == "flattened" else "envelope"))
        return names

    def completed(self, record):
        """The record with what depends on how it is written: what it can state, and what cannot be read of it."""
        if self.form == "flattened":
            record = dataclasses.replace(record, flattened=True, before=record.before if record.op == "d" else None,
                                         left_key=None, transaction=None,
                                         table=record.table if self.states_table else NOWHERE)
        if self.form != "schemas" and self.times == "number" and self.capture.unit is None:
            faults = ["unit_unknown" if self._has_unknown_unit(image) else ""
                      for image in (record.before, record.after)]
            record = dataclasses.replace(record, before_reason=record.before_reason or faults[0],
                                         reason=record.reason or (faults[1] if record.op != "d" else ""))
        return record

    @staticmethod
    def _has_unknown_unit(image):
        time = image["timestamp"] if image else None
        return isinstance(time, int) and time != 0 and abs(time) not in MICROS_WITHOUT_UNIT

    def key(self, record):
        if record.key_columns is None:
            return None
        columns = dict(record.key_columns)
        if self.capture.key == "scalar" and list(columns) == ["id"]:
            return self._scalar_key(columns["id"])
        if self.form == "schemas":
            fields = [{"type": "string", "optional": columns[name] is None, "field": name} for name in columns]
            return compact({"schema": {"type": "struct", "fields": fields, "optional": False,
                                       "name": "cdc.public.transactions.Key"}, "payload": columns})
        return compact(columns)

    def _scalar_key(self, text):
        """ExtractField$Key and a converter: JSON with or without a schema, plain text, Java's toString of a struct."""
        if self.form == "schemas":
            return compact({"schema": {"type": "string", "optional": False}, "payload": text})
        kind = zlib.crc32(text.encode()) % 3 if text.startswith("t") else 0
        return (compact(text), text, f"Struct{{id={text}}}")[kind]

    def value(self, record):
        if record.op == "null":
            return None
        images = Images(self, record)
        return images.release(compact(self._flattened(record, images) if self.form == "flattened"
                                      else self._envelope(record, images)))

    def source_block(self, record):
        """`source` of an envelope."""
        source = {"version": "3.6.0.Final", "connector": "postgresql", "name": record.table.server,
                  "ts_ms": record.source_time_ms, "snapshot": "true" if record.op == "r" else "false",
                  "db": record.table.database, "schema": record.table.schema, "table": record.table.table,
                  "txId": record.transaction, "lsn": self.lsn(record)}
        return {name: value for name, value in source.items() if value is not None}

    def lsn(self, record):
        if record.lsn_unreadable:
            return "not known"
        if record.lsn is None or self.lsns == "number":
            return record.lsn
        return {"text": str(record.lsn), "hex": f"{record.lsn >> 32:X}/{record.lsn & 0xFFFFFFFF:X}",
                "long": {"long": record.lsn}}[self.lsns]

    def _envelope(self, record, images):
        source = self.source_block(record)
        payload = {"before": images.image(record.before, record), "after": images.image(record.after, record),
                   "source": source, "transaction": None, "op": record.op, "ts_ms": record.told_ms}
        if self.form == "plain":
            return payload
        blocks = [dict(images.schema(), field=name) for name in ("before", "after")]
        others = [{"type": "struct", "optional": False, "field": "source", "fields": [
                      {"type": "int64" if isinstance(value, int) else "string", "optional": True, "field": name}
                      for name, value in source.items()]},
                  {"type": "string", "optional": False, "field": "op"},
                  {"type": "int64", "optional": True, "field": "ts_ms"}]
        return {"schema": {"type": "struct", "fields": blocks + others, "optional": False,
                           "name": "cdc.public.transactions.Envelope"}, "payload": payload}

    def _flattened(self, record, images):
        row = images.image(record.before if record.op == "d" else record.after, record)
        row[self.capture.deleted_field()] = "true" if record.op == "d" else "false"
        row[self.capture.operation_field()] = record.op
        others = {"__lsn": self.lsn(record), "__source_ts_ms": record.source_time_ms, "__name": record.table.server,
                  "__db": record.table.database, "__schema": record.table.schema, "__table": record.table.table}
        return row | {name: value for name, value in others.items() if value is not None}


class Images:
    """The row images of one record. Both have one schema, so scale and unit are those that fit both."""

    def __init__(self, writer, record):
        self._writer = writer
        images = [image for image in (record.before, record.after) if image]
        self._numbers = []
        times = [image["timestamp"] for image in images if image["timestamp"] is not None]
        self._unit = self._unit_of(writer, times)
        scales = {exact.scale_of(image["amount"]) for image in images
                  if image["amount"] is not None and not isinstance(image["amount"], Special)}
        self._scale = min(scales, default=BASE64_SCALE)
        fits = len(scales) < 2 and (writer.form == "schemas" or self._scale == BASE64_SCALE)
        self._amounts = "struct" if writer.amounts == "fixed" and not fits else writer.amounts

    @staticmethod
    def _unit_of(writer, times):
        """The unit of times, None for text: a unit must be able to hold them all."""
        wanted = {"number": writer.capture.unit or "us", "millis": "ms", "micros": "us", "nanos": "ns",
                  "text": None}[writer.times]
        if wanted is None or wanted == "us":
            return wanted
        size = {"s": 1_000_000, "ms": 1_000, "ns": 1}[wanted]
        if all(isinstance(time, int) and time % size == 0 for time in times):
            return wanted
        return "us" if writer.form == "schemas" else None

    def image(self, row, record):
        if row is None:
            return None
        image = {name: self._written(name, row[name]) for name in COLUMNS if name not in record.absent}
        image["city"] = "Zürich \"west\""
        return image

    def _written(self, name, value):
        if value is None:
            return None
        if name == "timestamp":
            return self._time(value)
        if value is Special.UNAVAILABLE:
            return self._writer.capture.placeholder()
        if name == "amount":
            return self._amount(value)
        return str(value) if name == "quantity" and self._writer.int_as_text else value

    def _amount(self, value):
        if self._amounts == "string":
            return exact.text(value)
        if self._amounts == "struct":
            return {"scale": exact.scale_of(value), "value": coefficient_base64(value)}
        if self._amounts == "fixed":
            return coefficient_base64(value)
        coefficient, scale = exact.coefficient_of(value), exact.scale_of(value)
        # Some as a double's text may come, with an exponent.
        self._numbers.append(f"{coefficient}E-{scale}" if scale and coefficient % 7 == 1 else exact.text(value))
        return f"@@number{len(self._numbers) - 1}@@"

    def release(self, text):
        """Puts amounts as bare JSON numbers, digit by digit: json would make floats of them."""
        for index, digits in enumerate(self._numbers):
            text = text.replace(f'"@@number{index}@@"', digits)
        return text

    def _time(self, value):
        if self._unit is None:
            return value.value if isinstance(value, Special) else exact.instant(value)
        if isinstance(value, Special):
            return INFINITIES[value]
        return {"ns": value * 1_000, "us": value, "ms": value // 1_000, "s": value // 1_000_000}[self._unit]

    def schema(self):
        fields = [{"type": "string", "optional": False, "field": "id"}]
        fields += [dict(STRING, field=name) for name in ("user_id", "currency", "kind", "note", "city")]
        fields.append(dict(self._amount_schema(), field="amount"))
        fields.append({"type": "int64", "optional": True, "field": "quantity"})
        name = {"ms": "Timestamp", "us": "MicroTimestamp", "ns": "NanoTimestamp", None: "ZonedTimestamp"}[self._unit]
        fields.append({"type": "int64" if self._unit else "string", "optional": True,
                       "name": f"io.debezium.time.{name}", "version": 1, "field": "timestamp"})
        return {"type": "struct", "fields": fields, "optional": True, "name": "cdc.public.transactions.Value"}

    def _amount_schema(self):
        if self._amounts == "string":
            return STRING
        if self._amounts == "number":
            return {"type": "double", "optional": True}
        if self._amounts == "struct":
            return {"type": "struct", "optional": True, "name": "io.debezium.data.VariableScaleDecimal", "version": 1,
                    "fields": [{"type": "int32", "optional": False, "field": "scale"},
                               {"type": "bytes", "optional": False, "field": "value"}]}
        return {"type": "bytes", "optional": True, "name": "org.apache.kafka.connect.data.Decimal", "version": 1,
                "parameters": {"scale": str(self._scale)}}
