"""Writes records as a connector does: envelope or flattened, with and without schemas, amounts in every wire form."""

import base64
import dataclasses
import json

import exact
from records import Special

INFINITIES = {Special.INFINITY: 9223372036825200000, Special.MINUS_INFINITY: -9223372036832400000}
STRING = {"type": "string", "optional": True}
ENVELOPE_FORMS = ("plain", "schemas")
FORMS = ENVELOPE_FORMS + ("flattened",)
AMOUNT_FORMS = ("string", "struct", "number")
SCHEMA_AMOUNT_FORMS = AMOUNT_FORMS + ("fixed",)
TIME_FORMS = ("micros", "text")
SCHEMA_TIME_FORMS = TIME_FORMS + ("millis", "nanos")


def compact(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def coefficient_base64(value):
    """Big-endian two's complement of the decimal's digits, as Java's BigInteger writes it."""
    coefficient = exact.coefficient_of(value)
    length = (coefficient if coefficient >= 0 else ~coefficient).bit_length() // 8 + 1
    return base64.b64encode(coefficient.to_bytes(length, "big", signed=True)).decode()


@dataclasses.dataclass(frozen=True)
class Writer:
    """How one connector run writes: a form of the record, of amounts and of times."""
    form: str
    amounts: str
    times: str

    @staticmethod
    def draw(chance, forms):
        form = chance.choice(forms)
        with_schema = form == "schemas"
        return Writer(form, chance.choice(SCHEMA_AMOUNT_FORMS if with_schema else AMOUNT_FORMS),
                      chance.choice(SCHEMA_TIME_FORMS if with_schema else TIME_FORMS))

    def label(self):
        return f"{self.form}/{self.amounts}/{self.times}"

    def key(self, record):
        if record.kafka_key == "none":
            return None
        if record.kafka_key == "other":
            return compact({"shard": record.key})
        if self.form == "schemas":
            fields = [{"type": "string", "optional": False, "field": "id"}]
            return compact({"schema": {"type": "struct", "fields": fields, "optional": False,
                                       "name": "cdc.public.transactions.Key"}, "payload": {"id": record.key}})
        return compact({"id": record.key})

    def value(self, record):
        if record.op == "null":
            return None
        images = Images(self, record)
        return images.release(compact(self._flattened(record, images) if self.form == "flattened"
                                      else self._envelope(record, images)))

    def _envelope(self, record, images):
        source = {"version": "3.6.0.Final", "connector": "postgresql", "name": "cdc", "ts_ms": record.source_time_ms,
                  "snapshot": "true" if record.op == "r" else "false", "db": "financial_db", "schema": "public",
                  "table": "transactions", "txId": 7}
        if record.lsn is not None:
            source["lsn"] = record.lsn
        payload = {"before": images.image(record.before), "after": images.image(record.after), "source": source,
                   "transaction": None, "op": record.op, "ts_ms": record.source_time_ms + 5}
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

    @staticmethod
    def _flattened(record, images):
        row = images.image(record.before if record.op == "d" else record.after)
        row["__deleted"] = "true" if record.op == "d" else "false"
        row["__op"] = record.op
        if record.lsn is not None:
            row["__lsn"] = record.lsn
        row["__source_ts_ms"] = record.source_time_ms
        return row


class Images:
    """The row images of one record. Both have one schema, so scale and unit are those that fit both."""

    def __init__(self, writer, record):
        images = [image for image in (record.before, record.after) if image]
        self._numbers = []
        times = [image["timestamp"] for image in images if image["timestamp"] is not None]
        self._unit = self._unit_of(writer.times, times)
        scales = {exact.scale_of(image["amount"]) for image in images
                  if image["amount"] is not None and not isinstance(image["amount"], Special)}
        self._amounts = "struct" if writer.amounts == "fixed" and len(scales) > 1 else writer.amounts
        self._scale = min(scales, default=2)

    @staticmethod
    def _unit_of(times_form, times):
        """Debezium's name of the form of times: a unit must be able to hold them all."""
        if times_form == "text":
            return "ZonedTimestamp"
        if all(isinstance(time, int) for time in times):
            if times_form == "nanos":
                return "NanoTimestamp"
            if times_form == "millis" and all(time % 1_000 == 0 for time in times):
                return "Timestamp"
        return "MicroTimestamp"

    def image(self, row):
        if row is None:
            return None
        image = {name: self._written(name, value) for name, value in row.items()}
        image["city"] = "Zürich \"west\""
        return image

    def _written(self, name, value):
        if value is None:
            return None
        if name == "timestamp":
            return self._time(value)
        if isinstance(value, Special):
            return value.value
        return self._amount(value) if name == "amount" else value

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
        if self._unit == "ZonedTimestamp":
            return value.value if isinstance(value, Special) else exact.instant(value)
        if isinstance(value, Special):
            return INFINITIES[value]
        return {"NanoTimestamp": value * 1_000, "Timestamp": value // 1_000, "MicroTimestamp": value}[self._unit]

    def schema(self):
        fields = [{"type": "string", "optional": False, "field": "id"}]
        fields += [dict(STRING, field=name) for name in ("user_id", "currency", "kind", "note", "city")]
        fields.append(dict(self._amount_schema(), field="amount"))
        fields.append({"type": "string" if self._unit == "ZonedTimestamp" else "int64", "optional": True,
                       "name": f"io.debezium.time.{self._unit}", "version": 1, "field": "timestamp"})
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
