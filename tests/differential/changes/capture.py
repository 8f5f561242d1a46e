"""How a table is captured: the connector's settings, what happens to its database, and the source's declaration."""

import dataclasses

KEYS = ("identity", "scalar", "exceeds", "lacks", "none")
TABLES = ("one", "schemas", "databases", "parts", "intruders")
UNITS = (None, "us", "ms", "ns", "s")
FORMS = ("plain", "schemas", "flattened")
# Debezium's default, and words that a connector was given.
PLACEHOLDER, OWN_PLACEHOLDER = "__debezium_unavailable_value", "not-logged-4711"
BASE64_SCALE = 2


@dataclasses.dataclass(frozen=True)
class Capture:
    """One history has one of these; what the source declares is what its connector does."""
    mode: str  # table, events, changelog
    key: str  # what the Kafka key is, one of KEYS
    tables: str  # which physical tables tell their rows on the topic, one of TABLES
    forms: tuple
    steps: int
    full_identity: bool
    has_lsn: bool
    has_time: bool  # records state source.ts_ms
    tombstones: bool
    clock: str  # of the server: "steady", "goes back", "fails over"
    snapshot_clock: str  # of the connector's host: "right", "behind", "ahead"
    calm: bool  # no row is ahead of the clock
    one_lsn: bool  # a transaction has one lsn, as with wal2json
    unit: str | None = None
    wire: str | None = None
    absent: str | None = None  # column `kind` is not always logged; what the source declares for it
    own_words: bool = False  # placeholder, operation and deleted have other names than Debezium's

    @staticmethod
    def draw(chance, mode):
        key = chance.choices(KEYS, (60, 10, 10, 10, 10))[0] if mode == "table" else "none"
        tables = chance.choices(TABLES, (60, 10, 8, 10, 12))[0] if mode == "table" and key != "none" else "one"
        forms = chance.choice((FORMS, FORMS[:2], ("plain",), ("schemas",), ("flattened",)))
        if mode == "changelog":
            forms = chance.choice((FORMS[:2], ("plain",), ("schemas",)))
        has_lsn = chance.random() < 0.9
        has_time = chance.random() < 0.9
        steady = mode != "table" or not has_lsn or not has_time
        absent = chance.choice(("keep", "null", "refuse")) if mode == "table" and chance.random() < 0.25 else None
        # Without a unit some rows cannot be read, and what `keep` keeps or a before image takes out is then not there.
        units = UNITS if mode != "changelog" and not absent else UNITS[1:]
        return Capture(
            mode=mode, key=key, tables=tables, forms=forms, steps=chance.choice((20, 60, 120)),
            full_identity=mode != "table" or chance.random() < 0.5, has_lsn=has_lsn, has_time=has_time,
            tombstones=key != "none" and chance.random() < 0.65,
            clock="steady" if steady else chance.choice(("steady", "goes back", "fails over", "fails over")),
            snapshot_clock=chance.choice(("right", "right", "behind", "ahead")), calm=chance.random() < 0.5,
            one_lsn=chance.random() < 0.2, unit=chance.choice(units), absent=absent,
            wire=chance.choice((None, None, "text", "base64")), own_words=chance.random() < 0.2)

    @property
    def identity(self):
        """The primary key."""
        return ("tenant", "id") if self.tables in ("schemas", "databases") else ("id",)

    @property
    def row_is_named(self):
        """Whether a tombstone's Kafka key says which row it deletes."""
        return self.key in ("identity", "scalar", "exceeds") and len(self.identity) == 1

    def placeholder(self):
        return OWN_PLACEHOLDER if self.own_words else PLACEHOLDER

    def operation_field(self):
        return "META_OP" if self.own_words else "__op"

    def deleted_field(self):
        return "META_DELETED" if self.own_words else "__deleted"

    def declaration(self, include_snapshot, event_time, out_of_orderness, max_ahead):
        """The topology's source, as YAML."""
        lines = ["topic: cdc.public.transactions"]
        if self.mode == "table":
            lines += [f"primary_key: [{', '.join(self.identity)}]", "on_truncate: ignore",
                      "on_lsn_regression: new_epoch"]
        else:
            lines.append(f"mode: {self.mode}")
        if self.mode == "events":
            lines.append("snapshot: " + ("include" if include_snapshot else "skip"))
        if self.tables == "parts":
            lines.append("one_table: true")
        if self.own_words:
            lines += [f"unavailable_value: {self.placeholder()}", f"operation: {self.operation_field()}",
                      f"deleted: {self.deleted_field()}"]
        lines += [f"event_time: {event_time}",
                  f"watermark: {{ out_of_orderness: {out_of_orderness}s, max_ahead: {max_ahead}s }}", "columns:"]
        lines += ["  " + column for column in self._columns()]
        return "".join(f"    {line}\n" for line in lines)

    def _columns(self):
        amount = {"text": ", wire: text", "base64": f", wire: base64, scale: {BASE64_SCALE}"}.get(self.wire, "")
        unit = f", unit: {self.unit}" if self.unit else ""
        absent = f", absent: {self.absent}" if self.absent in ("keep", "null") else ""
        columns = ["id: string", "user_id: string", "currency: string",
                   f"amount: {{ type: decimal, currency: currency{amount} }}", f"kind: {{ type: string{absent} }}",
                   f"timestamp: {{ type: timestamp{unit} }}", "note: string", "quantity: int"]
        if len(self.identity) == 2:
            origin = "schema" if self.tables == "schemas" else "database"
            columns.append(f"tenant: {{ type: string, from: meta.{origin} }}")
        return columns
