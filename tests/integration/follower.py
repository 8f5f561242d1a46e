"""Readers of topics that share no code with Tallymill."""

import threading

from servers import Record, ServerError
from servers.topic_reader import as_record  # also makes `kafka` importable

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError


class Follower(threading.Thread):
    """Reads topics with isolation.level=read_committed from their beginnings, as they grow, in a thread of its own.

    `records` are all that it read so far, those of a partition in order. Nothing is skipped: where records were
    deleted before they were read the thread fails, and check() raises why.
    """

    def __init__(self, bootstrap, partitions):
        super().__init__(name="follower", daemon=True)
        self.bootstrap = bootstrap
        self.next_offsets = dict.fromkeys(partitions, 0)
        self.records = []
        self.failure = None
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            try:
                self.read()
            except KafkaError as failure:
                if not failure.retriable:
                    self.failure = failure
                    return

    def read(self):
        """Reads until it shall stop, or a broker that restarts ends the reading; the next call goes on from there."""
        with KafkaConsumer(bootstrap_servers=self.bootstrap, isolation_level="read_committed",
                           enable_auto_commit=False, auto_offset_reset="none", fetch_max_wait_ms=100) as consumer:
            consumer.assign(list(self.next_offsets))
            for partition, offset in self.next_offsets.items():
                consumer.seek(partition, offset)
            while not self.stopping.is_set():
                for partition, batch in consumer.poll(timeout_ms=100, max_records=5000).items():
                    self.records += map(as_record, batch)
                    self.next_offsets[partition] = batch[-1].offset + 1

    def check(self):
        """Raises ServerError if the thread ended before it was told to."""
        if self.failure:
            raise ServerError(f"the follower of topics failed: {self.failure!r}") from self.failure

    def of_topic(self, topic):
        """The records of one topic."""
        return [record for record in list(self.records) if record.topic == topic]

    def stop(self):
        """Ends the thread."""
        self.stopping.set()
        self.join(30)
        self.check()


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
    import time
    records = []
    deadline = time.monotonic() + seconds
    while any(consumer.position(partition) < end for partition, end in ends.items()):
        if time.monotonic() > deadline:
            raise ServerError(f"{ends} was not reached within {seconds} s")
        for partition, batch in consumer.poll(timeout_ms=50).items():
            records += [as_record(record) for record in batch if record.offset < ends[partition]]
    return records


def partitions_of(admin, topics):
    """All partitions of the topics."""
    return [TopicPartition(topic["name"], partition["partition_index"])
            for topic in admin.describe_topics(list(topics)) for partition in topic["partitions"]]


def is_kept(topic):
    """Whether the topic keeps its records. The engine deletes those of repartition topics as soon as it has consumed
    them, so a reader may come too late there."""
    return not topic.endswith(".repartition")
