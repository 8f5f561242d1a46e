"""Readers of topics that share no code with Tallymill."""

import threading

from servers.process import ServerError, wait_until
from servers.topic_reader import as_record  # also makes `kafka` importable

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError


class Follower(threading.Thread):
    """Reads topics from their beginnings, as they grow, in a thread of its own.

    `records` are all that it read so far, those of a partition in order. Nothing is skipped: where records were
    deleted before they were read the thread fails, and check() raises why.
    """

    def __init__(self, bootstrap, partitions, isolation="read_committed"):
        super().__init__(name="follower", daemon=True)
        self.bootstrap = bootstrap
        self.isolation = isolation
        self.next_offsets = dict.fromkeys(partitions, 0)
        self.positions = {}  # behind records, and behind markers of transactions that follow them
        self.records = []
        self.failure = None
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            try:
                self.read()
            except Exception as failure:  # whatever it is, who asks shall hear of it
                if not (isinstance(failure, KafkaError) and failure.retriable):
                    self.failure = failure
                    return

    def read(self):
        """Reads until it shall stop, or a broker that restarts ends the reading; the next call goes on from there."""
        with KafkaConsumer(bootstrap_servers=self.bootstrap, isolation_level=self.isolation,
                           enable_auto_commit=False, auto_offset_reset="none", fetch_max_wait_ms=100) as consumer:
            consumer.assign(list(self.next_offsets))
            for partition, offset in self.next_offsets.items():
                consumer.seek(partition, offset)
            while not self.stopping.is_set():
                for partition, batch in consumer.poll(timeout_ms=100, max_records=5000).items():
                    self.take([as_record(record) for record in batch])
                    self.next_offsets[partition] = batch[-1].offset + 1
                self.positions = {partition: consumer.position(partition) for partition in self.next_offsets}

    def wait_until_at_end(self, seconds=30):
        """Waits until it has read all that can be read now. Raises TimeoutError."""
        with KafkaConsumer(bootstrap_servers=self.bootstrap, isolation_level=self.isolation,
                           enable_auto_commit=False) as asker:
            ends = asker.end_offsets(list(self.next_offsets))

        def is_at_end():
            self.check()
            return all(self.positions.get(partition, 0) >= end for partition, end in ends.items())
        wait_until(is_at_end, seconds, "the end of the topics that are followed")

    def take(self, records):
        """What is done with records of one partition that were read; called in the thread."""
        self.records += records

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


def partitions_of(admin, topics):
    """All partitions of the topics."""
    return [TopicPartition(topic["name"], partition["partition_index"])
            for topic in admin.describe_topics(list(topics)) for partition in topic["partitions"]]
