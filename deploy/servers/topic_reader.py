"""Reads topics from their beginning to their end, with a client that shares no code with Tallymill."""

import dataclasses
import time

from servers import installed  # noqa: F401, before `kafka`, which it makes importable

from kafka import KafkaConsumer, TopicPartition


class ReadError(Exception):
    """A topic could not be read to its end; the text says where it stopped."""


@dataclasses.dataclass(frozen=True)
class Record:
    """A record as it stands in the log. Key, value and header values are bytes, or None where there is none."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def read_topic(bootstrap, topic, isolation="read_committed", seconds=30):
    """All records of one topic; see read_topics."""
    return read_topics(bootstrap, [topic], isolation, seconds)


def read_topics(bootstrap, topics, isolation="read_committed", seconds=30):
    """All records of the topics, those of a partition in the order of their offsets.

    The end is each partition's high watermark at the time of the call, open transactions included: a reader that
    is read_committed waits for these to end, so that what was being committed is never missed. `isolation` is
    read_committed or read_uncommitted. Raises ReadError if a topic does not exist or the end is not reached in time.
    """
    with KafkaConsumer(bootstrap_servers=bootstrap, isolation_level=isolation, enable_auto_commit=False,
                       auto_offset_reset="earliest", allow_auto_create_topics=False,
                       fetch_max_wait_ms=100) as consumer:
        partitions = partitions_of(consumer, topics)
        ends = high_watermarks(bootstrap, partitions)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        return read_until(consumer, ends, time.monotonic() + seconds)


def partitions_of(consumer, topics):
    """Every partition of the topics."""
    partitions = []
    for topic in topics:
        numbers = consumer.partitions_for_topic(topic)
        if not numbers:
            raise ReadError(f"there is no topic {topic}")
        partitions += [TopicPartition(topic, number) for number in sorted(numbers)]
    return partitions


def high_watermarks(bootstrap, partitions):
    """The end of each partition, whatever is not committed before it. A read_committed client would be told less."""
    with KafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_uncommitted",
                       enable_auto_commit=False) as reader:
        return reader.end_offsets(partitions)


def read_until(consumer, ends, deadline):
    """The records before `ends`. The position, not the last record, says how far the consumer is: markers of
    transactions take offsets too, and an aborted one leaves nothing else."""
    records = []
    unread = set(ends)
    while True:
        for partition in [partition for partition in unread if consumer.position(partition) >= ends[partition]]:
            unread.remove(partition)
            consumer.pause(partition)
        if not unread:
            return records
        if time.monotonic() > deadline:
            places = ", ".join(f"{partition.topic}-{partition.partition} at {consumer.position(partition)} "
                               f"of {ends[partition]}" for partition in sorted(unread))
            raise ReadError(f"the end was not reached in time: {places}; is a transaction open there?")
        for partition, batch in consumer.poll(timeout_ms=100, max_records=5000).items():
            records += [as_record(record) for record in batch if record.offset < ends[partition]]


def as_record(record):
    """The client's record as ours."""
    return Record(record.topic, record.partition, record.offset, record.timestamp, record.key, record.value,
                  tuple((name, value) for name, value in record.headers or ()))


def read_from(bootstrap, starts, isolation, seconds=10):
    """The records of each partition from the offset in `starts` to the end that it has now.

    With read_uncommitted the end is the high watermark and what is not committed is read too.
    """
    with KafkaConsumer(bootstrap_servers=bootstrap, isolation_level=isolation, enable_auto_commit=False,
                       auto_offset_reset="none", fetch_max_wait_ms=20) as consumer:
        consumer.assign(list(starts))
        ends = consumer.end_offsets(list(starts))
        for partition, start in starts.items():
            consumer.seek(partition, start)
        return read_to(consumer, ends, seconds)


def read_to(consumer, ends, seconds):
    """What the consumer reads before `ends`."""
    records = []
    deadline = time.monotonic() + seconds
    while any(consumer.position(partition) < end for partition, end in ends.items()):
        if time.monotonic() > deadline:
            raise ReadError(f"{ends} was not reached within {seconds} s")
        for partition, batch in consumer.poll(timeout_ms=50).items():
            records += [as_record(record) for record in batch if record.offset < ends[partition]]
    return records


def is_kept(topic):
    """Whether the topic keeps its records. The engine deletes those of repartition topics as soon as it has consumed
    them, so a reader may come too late there."""
    return not topic.endswith(".repartition")
