"""Beats: payments that nothing can overtake, by which one knows that a topology shows all that was before them.

A payment travels through one partition of the source topic, by its key, and one of the repartition topic, by its group.
Each partition keeps its order, nothing else does. So a beat is a payment for every pair of these partitions: once the
outputs show all of them, they show everything that was committed in the database before the beat.
"""

from servers import installed  # before `kafka`, which it makes importable

from kafka.partitioner.default import murmur2


def partition_of(key, partitions):
    """The partition of a record key (bytes): Kafka's own hash, as Connect's producer and Tallymill use it."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def repartition_key(group):
    """The bytes by which Tallymill sends a group of texts to its partition of the repartition topic.

    These are the key bytes of topology/data/row_codec.h, pinned by KeyBytesTest.TheBytesOfAStoredKeyDoNotChange.
    """
    return b"".join(b"\x08" + text.encode().replace(b"\0", b"\0\xff") + b"\0\0" for text in group)


def beat(number, partitions, source_key, group_of):
    """The beat of that number: a list of (user, [transaction ids]), a user for each repartition partition.

    `source_key(transaction_id)` is the key (bytes) of the payment's change record, `group_of(user)` the texts by which
    the topology groups a payment of that user. Both topics have `partitions` partitions.
    """
    prefix = f"beat-{number}-"
    users = spread(prefix, lambda user: partition_of(repartition_key(group_of(user)), partitions), partitions, 1)
    ids = spread(prefix, lambda name: partition_of(source_key(name), partitions), partitions, partitions)
    return [(user, ids[index::partitions]) for index, user in enumerate(users)]


def spread(prefix, partition, partitions, each):
    """Names in the order of their partitions, `each` of them per partition."""
    found = [[] for _ in range(partitions)]
    number = 0
    while any(len(names) < each for names in found):
        name = f"{prefix}{number}"
        names = found[partition(name)]
        if len(names) < each:
            names.append(name)
        number += 1
    return [name for names in found for name in names]
