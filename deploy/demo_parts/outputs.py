"""What readers of the output topics know: a careful one, and a careless one beside it."""

import collections
import datetime
import json

from servers.aggregates import Aggregate, number, parse_time
from servers.follower import Follower

from demo_parts.heartbeat import is_of_beat

USERS = "spend-per-user"
MERCHANTS = "spend-per-merchant"
LATE = "spend-per-merchant.late"
DEAD = ("spend-per-user.dead-letter", "spend-per-merchant.dead-letter")
TOPICS = (USERS, MERCHANTS, LATE, *DEAD)


class Outputs(Follower):
    """Reads with isolation.level=read_committed, as every reader should, and keeps the newest row of each window, those
    that changed last at the end.

    `users` and `merchants` are by (name, currency, minute); `late` are the late records; `dead` counts dead letters by
    topic.
    """

    def __init__(self, bootstrap, partitions):
        super().__init__(bootstrap, partitions)
        self.users, self.merchants = {}, {}
        self.newest_record = None  # of the first topology, with a row that is no beat's
        self.late = []
        self.dead = collections.Counter()
        self.offsets = collections.defaultdict(set)  # read, and not yet compared with the careless reader's
        self.ends = {}

    def take(self, records):
        for record in records:
            if record.topic == USERS:
                window = group_of(record.key, "user_id")
                put(self.users, window, user_row(record.value))
                if record.value is not None and not is_of_beat(window):
                    self.newest_record = record
            elif record.topic == MERCHANTS:
                put(self.merchants, group_of(record.key, "merchant_name"), merchant_row(record.value))
            elif record.topic == LATE:
                self.late.append(json.loads(record.value))
            else:
                self.dead[record.topic] += 1
            place = (record.topic, record.partition)
            self.offsets[place].add(record.offset)
            self.ends[place] = record.offset

    def payments_of_user(self, window):
        """How many payments the window shows; 0 if it is not there."""
        row = self.users.get(window)
        return row.payments if row else 0

    def payments_of_merchant(self, window):
        """The same of the second topology."""
        return self.merchants.get(window, (0,))[0]


class CarelessReader(Follower):
    """Reads with isolation.level=read_uncommitted, as Java's consumers do when nobody says otherwise.

    `uncommitted` counts what it took for results and what never became one.
    """

    def __init__(self, bootstrap, partitions):
        super().__init__(bootstrap, partitions, isolation="read_uncommitted")
        self.unjudged = collections.defaultdict(collections.deque)
        self.uncommitted = 0

    def take(self, records):
        for record in records:
            self.unjudged[record.topic, record.partition].append(record.offset)

    def judge(self, outputs):
        """Counts the records that the careful reader has passed by and did not get."""
        for place, offsets in list(self.unjudged.items()):
            end, seen = outputs.ends.get(place, -1), outputs.offsets[place]
            while offsets and offsets[0] <= end:
                offset = offsets.popleft()
                if offset in seen:
                    seen.remove(offset)
                else:
                    self.uncommitted += 1


def put(rows, window, row):
    """The newest row of a window, which becomes the last of all; None ends it, as a tombstone does. A window beyond the
    times that Python knows is left out, as it is in SQL's answers (table_watch.py)."""
    if window[2] == datetime.datetime.max:
        return
    rows.pop(window, None)
    if row is not None:
        rows[window] = row


def group_of(key, name):
    """(name, currency, minute) of an output key."""
    fields = json.loads(key)
    return fields[name], fields["currency"], parse_time(fields["window_start"])


def user_row(value):
    """The row of spend_per_user.yaml, None for a tombstone."""
    if value is None:
        return None
    row = json.loads(value)
    return Aggregate(row["payments"], number(row["total"]), number(row["smallest"]), number(row["largest"]),
                     number(row["mean"]))


def merchant_row(value):
    """(payments, total, largest) of spend_per_merchant.yaml, None for a tombstone."""
    if value is None:
        return None
    row = json.loads(value)
    return row["payments"], number(row["total"]), number(row["largest"])
