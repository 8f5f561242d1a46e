"""What a generated record means, apart from how it is written. The reference reads this and never the bytes."""

import dataclasses
import enum

TOPIC = "cdc.public.transactions"
COLUMNS = ("id", "user_id", "currency", "amount", "kind", "timestamp", "note")


class Special(enum.Enum):
    """Column values that are no values."""
    UNAVAILABLE = "__debezium_unavailable_value"  # an unchanged TOAST column
    INFINITY = "infinity"
    MINUS_INFINITY = "-infinity"


@dataclasses.dataclass(frozen=True)
class Record:
    """One record of the topic, in the order of the database's log.

    op: c u d r as Debezium's; "null" a tombstone; "t" a truncate; "ignored" carries no row; "broken" is a dead letter
    for `reason` whatever is stored. before and after are images as the wire has them. key is the row's primary key (it
    decides the partition); kafka_key says what the Kafka key is: "row", "none", or "other" (without the primary key).
    """
    op: str
    key: str
    before: dict | None = None
    after: dict | None = None
    lsn: int | None = None
    source_time_ms: int = 0
    kafka_key: str = "row"
    reason: str = ""
    label: str = ""  # what the mix counts it as


@dataclasses.dataclass(frozen=True)
class Placed:
    """A record in its partition, with its bytes."""
    record: Record
    partition: int
    offset: int
    key_text: str | None
    value_text: str | None
