"""A beat a second, and which beats the outputs show.

The payments of a beat pass through every pair of a source and a repartition partition, of both topologies (see
servers/beats.py). So when all payments of a beat are in an output, all that its snapshot of the database shows is.
Payments of later beats may be among those counted, never in the place of one: a group of a beat is fed by one source
partition alone, which keeps its order.
"""

import collections
import dataclasses
import datetime
import threading

import psycopg2

from servers.beats import partition_of, repartition_key, spread

SECONDS = 1
CURRENCY = "USD"
PREFIX = "beat "  # of the users and merchants of beats

INSERT = """INSERT INTO transactions (transaction_id, type, amount, "timestamp", user_id, currency, merchant_name)
VALUES (%s, 'beat', 0.01, %s, %s, %s, %s)"""


@dataclasses.dataclass(frozen=True)
class Beat:
    """`rank` is how many beats its minute has, this one included; `snapshot` what its transaction saw, as text."""

    number: int
    minute: datetime.datetime
    rank: int
    snapshot: str


def is_of_beat(window):
    """Whether the window, a (name, currency, minute), holds payments of beats alone."""
    return str(window[0]).startswith(PREFIX)


class Heartbeat(threading.Thread):
    """Sends beats. `source_key(transaction_id)` is the key (bytes) of a row's change records."""

    def __init__(self, dsn, partitions, source_key):
        super().__init__(name="heartbeat", daemon=True)
        self.connection = psycopg2.connect(dsn)
        self.partitions, self.source_key = partitions, source_key
        self.users = self.names("user")
        self.merchants = self.names("merchant")
        self.sent = []  # those that may still be asked for, oldest first
        self.ranks = collections.Counter()
        self.number = 0
        self.failure = None
        self.stopping = threading.Event()

    def names(self, kind):
        """A name for each pair of partitions: those of one repartition partition, one per source partition, follow."""
        return spread(f"{PREFIX}{kind} ",
                      lambda name: partition_of(repartition_key((name, CURRENCY)), self.partitions),
                      self.partitions, self.partitions)

    def run(self):
        try:
            while not self.stopping.wait(SECONDS):
                try:
                    self.send()
                except psycopg2.errors.TransactionRollbackError:  # a visitor's statement was in the way: the next one
                    continue
        except psycopg2.Error as failure:
            self.failure = failure

    def stop(self):
        """Ends the thread."""
        self.stopping.set()
        self.join(30)

    def send(self):
        """One beat."""
        self.number += 1
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        minute = now.replace(second=0, microsecond=0)
        ids = spread(f"beat-{self.number}-", lambda name: partition_of(self.source_key(name), self.partitions),
                     self.partitions, self.partitions)
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_snapshot()::text")
            (snapshot,) = cursor.fetchone()
            for index, (user, merchant) in enumerate(zip(self.users, self.merchants)):
                source, repetition = index % self.partitions, index // self.partitions
                key = ids[source * self.partitions + repetition]
                cursor.execute(INSERT, (key, now, user, CURRENCY, merchant))
        self.ranks[minute] += 1
        beat = Beat(self.number, minute, self.ranks[minute], snapshot)
        self.sent.append(beat)
        return beat

    def newest_shown(self, outputs):
        """The newest beat that these outputs show whole, else None. `outputs` maps "user" or "merchant" to a function
        that gives a window's payments: by (name, currency, minute)."""
        names = {"user": self.users, "merchant": self.merchants}
        for index in range(len(self.sent) - 1, -1, -1):
            beat = self.sent[index]
            if all(payments((name, CURRENCY, beat.minute)) >= beat.rank
                   for kind, payments in outputs.items() for name in names[kind]):
                return beat
        return None

    def forget_before(self, beat):
        """Beats before this one will not be asked for again."""
        while self.sent[0].number < beat.number:
            self.sent.pop(0)  # in place: the thread may be adding one
