"""Kills an instance while a transaction of its is open and has records."""

import dataclasses
import threading

from servers.process import ServerError
from servers.topic_reader import Record, is_kept, read_from

from kafka.errors import KafkaError

TRIES = 600


@dataclasses.dataclass(frozen=True)
class KilledTransaction:
    """A transaction whose producer was killed. `first_records` are certainly its own: where it begins in each
    partition. `seen` is all that a read_uncommitted reader read from there on, other producers' records included."""

    transactional_id: str
    first_records: tuple[Record, ...]
    seen: tuple[Record, ...]


def kill_in_transaction(instance, kafka, seed, is_wanted=is_kept):
    """SIGKILL to the instance at a moment at which records of an open transaction of its are readable, in a topic that
    is wanted.

    The instance is stopped and looked at, and goes on if there is none, until one is. Returns what was killed. Raises
    ServerError if there never was one.
    """
    pauses = threading.Event()  # never set: the instance goes on for a moment that differs from try to try
    for attempt in range(TRIES):
        instance.freeze()
        killed = open_transaction(instance, kafka, is_wanted)
        if killed:
            instance.kill()
            return killed
        instance.thaw()
        pauses.wait(0.003 + (seed + 7919 * attempt) % 97 / 1000)
    raise ServerError(f"{instance.name} was never found in a transaction in {TRIES} tries")


def open_transaction(instance, kafka, is_wanted):
    """The open transaction of a frozen instance, with the records of it that are readable in topics that are wanted.

    None if there is none.
    """
    with kafka.admin() as admin:
        try:
            ongoing = ongoing_of(admin, instance.process_id())
            for transactional_id, description in ongoing.items():
                starts = starts_of(admin, description, is_wanted)
                if not starts:
                    continue
                seen = read_from(kafka.bootstrap, starts, "read_uncommitted")
                # Requests that it sent before it was frozen have been answered by now: it is open, and stays so.
                again = ongoing_of(admin, instance.process_id()).get(transactional_id)
                if again and again.transaction_start_time_ms == description.transaction_start_time_ms:
                    first = tuple(record for record in seen
                                  if starts.get((record.topic, record.partition)) == record.offset)
                    if first:
                        return KilledTransaction(transactional_id, first, tuple(seen))
        except KafkaError as error:
            if not error.retriable:
                raise
    return None


def ongoing_of(admin, process_id):
    """The descriptions of the open transactions of a process, by transactional id."""
    ids = [each.transactional_id for listing in admin.list_transactions(state_filters=["Ongoing"]).values()
           for each in listing if f"-{process_id}-" in each.transactional_id]
    described = admin.describe_transactions(ids) if ids else {}
    return {name: each for name, each in described.items() if each.state == "Ongoing"}


def starts_of(admin, description, is_wanted):
    """Where the transaction begins in each partition of a wanted topic in which it has records."""
    partitions = [each for each in description.topic_partitions
                  if not each.topic.startswith("__") and is_wanted(each.topic)]
    starts = {}
    for partition, state in admin.describe_producers(partitions).items():
        for producer in state.active_producers:
            if producer.producer_id == description.producer_id and producer.current_transaction_start_offset >= 0:
                starts[partition] = producer.current_transaction_start_offset
    return starts
