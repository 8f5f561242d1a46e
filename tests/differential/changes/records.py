"""What a generated record means, apart from how it is written. The reference reads this and never the bytes."""

import dataclasses
import enum

TOPIC = "cdc.public.transactions"
COLUMNS = ("id", "user_id", "currency", "amount", "kind", "timestamp", "note", "quantity")


class Special(enum.Enum):
    """Column values that are no values."""
    UNAVAILABLE = "__debezium_unavailable_value"  # an unchanged TOAST column
    INFINITY = "infinity"
    MINUS_INFINITY = "-infinity"


@dataclasses.dataclass(frozen=True)
class Table:
    """A physical table as a record states it; None is a part that it does not state."""
    server: str | None = None
    database: str | None = None
    schema: str | None = None
    table: str | None = None


NOWHERE = Table()
HOME = Table("cdc", "financial_db", "public", "transactions")


@dataclasses.dataclass(frozen=True)
class Record:
    """One record of the topic, in the order of the database's log.

    op: c u d r as Debezium's; "null" a tombstone; "t" a truncate; "ignored" carries no row; "unknown" says something
    of a row and not readably what. before and after are images as the wire has them, without the columns in `absent`.
    key is the identity of the row that the record is about, None if nothing in it says which; left_key that of the row
    which an update with another primary key leaves.
    """
    op: str
    key: str | None
    before: dict | None = None
    after: dict | None = None
    lsn: int | None = None
    source_time_ms: int | None = 0
    transaction: int | None = None
    told_ms: int = 0  # the Kafka record's own time
    key_form: str = "identity"  # what the Kafka key names: "identity", "exceeds", "lacks" the primary key, or "none"
    key_columns: tuple | None = None  # (column, value) of the Kafka key
    left_key: str | None = None
    table: Table = NOWHERE
    flattened: bool = False
    absent: frozenset = frozenset()
    lsn_unreadable: bool = False
    reason: str = ""  # why it cannot be applied
    before_reason: str = ""  # why its before image cannot be read
    change: int = 0  # what is logged at one lsn has one number
    label: str = ""  # what the mix counts it as


@dataclasses.dataclass(frozen=True)
class Placed:
    """A record in its partition, with its bytes."""
    record: Record
    partition: int
    offset: int
    partitions: int
    key_text: str | None
    value_text: str | None
