"""Writes records as a connector does: envelope or flattened, with and without schemas, amounts in every wire form."""

import base64
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


class _Numbers:
    """Puts decimals as bare JSON numbers, digit by digit: no float on the way."""

    def __init__(self):
        self.digits = []

    def hold(self, digits):
        self.digits.append(digits)
        return f"@@number{len(self.digits) - 1}@@"

    def release(self, text):
        for index, digits in enumerate(self.digits):
            text = text.replace(f'"@@number{index}@@"', digits)
        return text


class Writer:
    """How one connector run writes: a form of the record, of amounts and of times."""

    def __init__(self, form, amounts, times):
        self.form, self.amounts, self.times = form, amounts, times

    @staticmethod
    def draw(random, forms):
        form = random.choice(forms)
        with_schema = form == "schemas"
        return Writer(form, random.choice(SCHEMA_AMOUNT_FORMS if with_schema else AMOUNT_FORMS),
                      random.choice(SCHEMA_TIME_FORMS if with_schema else TIME_FORMS))

    def label(self):
        return f"{self.form}/{self.amounts}/{self.times}"

    def key(self, record):
        if record.kafka_key == "none":
            return None
        if record.kafka_key == "other":
            return compact({"shard": record.key})
        if self.form == "schemas":
            return compact({"schema": {"type": "struct", "fields": [{"type": "string", "optional": False, "field": "id"}],
                                       "optional": False, "name": "cdc.public.transactions.Key"},
                            "payload": {"id": record.key}})
        return compact({"id": record.key})

    def value(self, record):
        if record.op == "null":
            return None
        numbers = _Numbers()
        document = self._flattened(record, numbers) if self.form == "flattened" else self._envelope(record, numbers)
        return numbers.release(compact(document))

    def _envelope(self, record, numbers):
        source = {"version": "3.6.0.Final", "connector": "postgresql", "name": "cdc", "ts_ms": record.source_time_ms,
                  "snapshot": "true" if record.op == "r" else "false", "db": "financial_db", "schema": "public",
                  "table": "transactions", "txId": 7}
        if record.lsn is not None:
            source["lsn"] = record.lsn
        payload = {"before": self._image(record.before, numbers), "after": self._image(record.after, numbers),
                   "source": source, "transaction": None, "op": record.op, "ts_ms": record.source_time_ms + 5}
        if self.form == "plain":
            return payload
        blocks = [self._block_schema("before", record.before), self._block_schema("after", record.after)]
        others = [{"type": "struct", "optional": False, "field": "source", "fields": [
                      {"type": "int64" if isinstance(value, int) else "string", "optional": True, "field": name}
                      for name, value in source.items()]},
                  {"type": "string", "optional": False, "field": "op"},
                  {"type": "int64", "optional": True, "field": "ts_ms"}]
        return {"schema": {"type": "struct", "fields": blocks + others, "optional": False,
                           "name": "cdc.public.transactions.Envelope"}, "payload": payload}

    def _flattened(self, record, numbers):
        image = record.before if record.op == "d" else record.after
        row = self._image(image, numbers)
        row["__deleted"] = "true" if record.op == "d" else "false"
        row["__op"] = record.op
        if record.lsn is not None:
            row["__lsn"] = record.lsn
        row["__source_ts_ms"] = record.source_time_ms
        return row

    def _image(self, row, numbers):
        if row is None:
            return None
        image = {}
        for name, value in row.items():
            if value is None:
                image[name] = None
            elif name == "amount":
                image[name] = self._amount(value, numbers)
            elif name == "timestamp":
                image[name] = self._time(value)
            else:
                image[name] = value.value if isinstance(value, Special) else value
        image["city"] = "Zürich \"west\""
        return image

    def _amount(self, value, numbers):
        if isinstance(value, Special):
            return value.value
        if self.amounts == "string":
            return exact.text(value)
        if self.amounts == "number":
            coefficient, scale = exact.coefficient_of(value), exact.scale_of(value)
            # Some as a double's text may come, with an exponent.
            return numbers.hold(f"{coefficient}E-{scale}" if scale and coefficient % 7 == 1 else exact.text(value))
        if self.amounts == "struct":
            return {"scale": exact.scale_of(value), "value": coefficient_base64(value)}
        return coefficient_base64(value)

    def _time(self, value):
        unit = self._unit(value)
        if unit == "ZonedTimestamp":
            return value.value if isinstance(value, Special) else exact.instant(value)
        if isinstance(value, Special):
            return INFINITIES[value]
        return {"NanoTimestamp": value * 1_000, "Timestamp": value // 1_000, "MicroTimestamp": value}[unit]

    def _unit(self, value):
        """Debezium's name of the form in which this time is written: a unit must be able to hold it."""
        if self.times == "text":
            return "ZonedTimestamp"
        if self.times == "nanos" and isinstance(value, int):
            return "NanoTimestamp"
        if self.times == "millis" and isinstance(value, int) and value % 1_000 == 0:
            return "Timestamp"
        return "MicroTimestamp"

    def _block_schema(self, block, image):
        """The schema of one image; scale and unit are in it, so each image has its own."""
        image = image or {}
        fields = [{"type": "string", "optional": False, "field": "id"}]
        fields += [dict(STRING, field=name) for name in ("user_id", "currency", "kind", "note", "city")]
        fields.append(dict(self._amount_schema(image.get("amount")), field="amount"))
        unit = self._unit(image.get("timestamp"))
        fields.append({"type": "string" if unit == "ZonedTimestamp" else "int64", "optional": True,
                       "name": f"io.debezium.time.{unit}", "version": 1, "field": "timestamp"})
        return {"type": "struct", "fields": fields, "optional": True, "field": block,
                "name": "cdc.public.transactions.Value"}

    def _amount_schema(self, value):
        if self.amounts == "string":
            return STRING
        if self.amounts == "number":
            return {"type": "double", "optional": True}
        if self.amounts == "struct":
            return {"type": "struct", "optional": True, "name": "io.debezium.data.VariableScaleDecimal", "version": 1,
                    "fields": [{"type": "int32", "optional": False, "field": "scale"},
                               {"type": "bytes", "optional": False, "field": "value"}]}
        return {"type": "bytes", "optional": True, "name": "org.apache.kafka.connect.data.Decimal", "version": 1,
                "parameters": {"scale": str(2 if value is None else exact.scale_of(value))}}
