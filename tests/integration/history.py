"""A seeded history of the table `transactions`: what people and programs do to payments.

One thread drives several connections, so that transactions overlap, and the seed alone decides who does what next, and
in which order they commit. Each connection works on rows of its own: nobody ever waits for a lock.
"""

import collections
import dataclasses
import datetime
import decimal
import random

TABLE = """
CREATE TABLE transactions (
  transaction_id varchar(255) PRIMARY KEY,
  type varchar(255),
  amount decimal,
  "timestamp" timestamp,
  user_id varchar(255),
  currency varchar(255),
  city varchar(255)
);
CREATE TABLE history (
  step bigserial PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  before transactions,
  after transactions
);
CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO history (before, after) VALUES (OLD, NEW);
  RETURN NULL;
END $$;
CREATE TRIGGER remember AFTER INSERT OR UPDATE OR DELETE ON transactions FOR EACH ROW EXECUTE FUNCTION remember();
"""

FIRST_MINUTE = datetime.datetime(2026, 1, 1)
CONNECTIONS = 4
USERS = 12
CURRENCIES = ["USD", "USD", "USD", "GBP", "GBP", "JPY"]
CHANGES_PER_MINUTE = 100  # of the table's own time, which passes as changes are made
MOVE_MINUTES = 6          # how far back in that time a payment may be dated

# What is done to a row, and how often.
WEIGHTS = {"insert": 40, "amount": 20, "time": 10, "group": 8, "key": 7, "delete": 13, "untouched": 2}


@dataclasses.dataclass(frozen=True)
class Payment:
    """The columns that the topologies read. The time has no zone, as in the table; all but the key may be None."""

    transaction_id: str
    user_id: str | None
    currency: str | None
    amount: decimal.Decimal | None
    timestamp: datetime.datetime | None


class Writer:
    """One connection with its rows, and its transaction if one is open."""

    def __init__(self, name, connection):
        self.name = name
        self.connection = connection
        self.cursor = connection.cursor()
        self.rows = {}      # as the open transaction sees them
        self.at_begin = {}  # as they were before it
        self.steps_left = 0
        self.changes = collections.Counter()


class History:
    """Makes changes, one per step(). `connect` opens a connection; `counts` says what was committed, by kind."""

    def __init__(self, connect, seed):
        self.random = random.Random(seed)
        self.writers = [Writer(f"w{number}", connect()) for number in range(CONNECTIONS)]
        self.counts = collections.Counter()
        self.made = 0

    @property
    def committed(self):
        """Row changes committed so far."""
        return sum(count for kind, count in self.counts.items() if kind != "rolled back")

    @property
    def minute(self):
        """The table's own time."""
        return FIRST_MINUTE + datetime.timedelta(minutes=self.committed // CHANGES_PER_MINUTE)

    def insert_first_rows(self, count):
        """Rows that were there before anybody watched: a connector reads them in its snapshot."""
        writer = self.writers[0]
        for _ in range(count):
            self.insert(writer)
        writer.connection.commit()
        self.counts["insert"] += count

    def step(self):
        """One more change, or the end of a transaction."""
        writer = self.random.choice(self.writers)
        if writer.steps_left == 0:
            writer.steps_left = self.random.choice([1, 1, 2, 3, 5, 8] + [60] * (self.random.random() < 0.1))
            writer.at_begin = dict(writer.rows)
        if self.random.random() < 0.05:
            self.undone_change(writer)
        writer.changes[self.change(writer)] += 1
        writer.steps_left -= 1
        if writer.steps_left == 0:
            self.end(writer, is_kept=self.random.random() < 0.93)

    def finish(self):
        """Commits what is open."""
        for writer in self.writers:
            writer.steps_left = 0
            self.end(writer, is_kept=True)

    def end(self, writer, is_kept):
        """Ends the writer's transaction."""
        if is_kept:
            writer.connection.commit()
            self.counts += writer.changes
        else:
            writer.connection.rollback()
            writer.rows = writer.at_begin
            self.counts["rolled back"] += sum(writer.changes.values())
        writer.changes = collections.Counter()

    def undone_change(self, writer):
        """A change within a transaction that is taken back while the rest of it stays."""
        rows = dict(writer.rows)
        writer.cursor.execute("SAVEPOINT here")
        self.change(writer)
        writer.cursor.execute("ROLLBACK TO SAVEPOINT here")
        writer.rows = rows

    def change(self, writer):
        """Changes one row; the answer is the kind of change."""
        kind = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if kind == "insert" or not writer.rows:
            self.insert(writer)
            return "insert"
        row = writer.rows[self.random.choice(list(writer.rows))]
        if kind == "delete":
            writer.cursor.execute("DELETE FROM transactions WHERE transaction_id = %s", (row.transaction_id,))
            del writer.rows[row.transaction_id]
            return kind
        if kind == "key":
            changed = dataclasses.replace(row, transaction_id=self.new_key(writer))
        elif kind == "amount":
            changed = dataclasses.replace(row, amount=self.amount())
        elif kind == "time":
            changed = dataclasses.replace(row, timestamp=self.time())
        elif kind == "group":
            changed = dataclasses.replace(row, user_id=self.user(), currency=self.currency())
        else:
            changed = row
        self.update(writer, row, changed)
        return kind

    def insert(self, writer):
        row = Payment(self.new_key(writer), self.user(), self.currency(), self.amount(), self.time())
        writer.cursor.execute(
            "INSERT INTO transactions (transaction_id, type, amount, \"timestamp\", user_id, currency)"
            " VALUES (%s, 'payment', %s, %s, %s, %s)",
            (row.transaction_id, row.amount, row.timestamp, row.user_id, row.currency))
        writer.rows[row.transaction_id] = row

    def update(self, writer, row, changed):
        writer.cursor.execute(
            "UPDATE transactions SET transaction_id = %s, amount = %s, \"timestamp\" = %s, user_id = %s, currency = %s"
            " WHERE transaction_id = %s",
            (changed.transaction_id, changed.amount, changed.timestamp, changed.user_id, changed.currency,
             row.transaction_id))
        del writer.rows[row.transaction_id]
        writer.rows[changed.transaction_id] = changed

    def new_key(self, writer):
        """Mostly a key never used; sometimes one that the writer deleted, or changed, before."""
        if self.random.random() < 0.1 and self.made:
            key = f"{writer.name}-{self.random.randrange(self.made):05}"
            if key not in writer.rows:
                return key
        self.made += 1
        return f"{writer.name}-{self.made:05}"

    def user(self):
        """Few users, some busier than others, now and then none."""
        return None if self.random.random() < 0.03 else f"u{int(USERS * self.random.random() ** 1.5):02}"

    def currency(self):
        return None if self.random.random() < 0.02 else self.random.choice(CURRENCIES)

    def amount(self):
        """Two digits after the point as a rule; long, negative, huge and no amounts among them."""
        draw = self.random.random()
        if draw < 0.02:
            return None
        if draw < 0.04:
            return decimal.Decimal(self.random.randrange(10**27)).scaleb(-25)
        if draw < 0.05:
            return decimal.Decimal(self.random.randrange(10**30))
        return decimal.Decimal(self.random.randrange(-5_000, 100_000)).scaleb(-2)

    def time(self):
        """Mostly the minute that it is, sometimes an earlier one; rarely none."""
        draw = self.random.random()
        if draw < 0.01:
            return None
        back = self.random.randrange(MOVE_MINUTES) if draw < 0.3 else 0
        minute = max(FIRST_MINUTE, self.minute - datetime.timedelta(minutes=back))
        return minute + datetime.timedelta(microseconds=self.random.randrange(60_000_000))
