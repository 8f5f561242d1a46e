"""Payments as a shop's customers make them: made, corrected, moved in time, taken back."""

import collections
import datetime
import random
import threading
import time

import psycopg2

CUSTOMERS = [f"{name}-{number}" for name in ("ann", "ben", "cho", "dee", "eli", "fay", "gus", "hal", "ivy", "jon")
             for number in range(1, 5)]
MERCHANTS = ["Bakery Lane", "Blue Bikes", "Corner Books", "Daily Market", "Fern & Sons", "Harbour Cafe", "North Rail",
             "Old Mill", "Paper Plane", "Quick Fuel", "River Cinema", "Tea House"]
PLACES = [("London", "GB"), ("Leeds", "GB"), ("Boston", "US"), ("Austin", "US"), ("Lyon", "FR")]
CURRENCIES = ["USD", "USD", "GBP", "EUR"]
METHODS = ["credit_card", "debit_card", "online_transfer"]

# What is done, and how often. A move takes a payment up to three minutes back.
KINDS = {"insert": 62, "update": 22, "move": 5, "delete": 11}
ROWS_KEPT = 5_000  # of which one is chosen to be changed; older ones stay as they are
MOVE_SECONDS = 180
CATCH_UP_SECONDS = 2  # what was missed for longer than that is not made up for

INSERT = """INSERT INTO transactions VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""


class Payments(threading.Thread):
    """Makes `rate` changes a second in transactions of one to five, until it is stopped. `counts` are by kind."""

    def __init__(self, dsn, rate, seed=None):
        super().__init__(name="payments", daemon=True)
        self.dsn, self.rate = dsn, rate
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        self.rows = collections.deque(maxlen=ROWS_KEPT)
        self.made = 0
        self.failure = None
        self.stopping = threading.Event()

    def run(self):
        try:
            connection = psycopg2.connect(self.dsn)
            due = time.monotonic()
            while not self.stopping.wait(max(0, due - time.monotonic())):
                changes = self.random.randint(1, 5)
                due = max(due, time.monotonic() - CATCH_UP_SECONDS) + changes / self.rate
                rows = self.rows.copy()
                try:
                    with connection, connection.cursor() as cursor:
                        self.counts += collections.Counter([self.change(cursor) for _ in range(changes)])
                except psycopg2.errors.TransactionRollbackError:  # a visitor's statement and ours locked each other
                    self.rows = rows
        except psycopg2.Error as failure:
            self.failure = failure

    def stop(self):
        """Ends the thread; all that it did is committed."""
        self.stopping.set()
        self.join(30)

    def change(self, cursor):
        """Changes one row; the answer is the kind of change."""
        kind = self.random.choices(list(KINDS), list(KINDS.values()))[0]
        if kind == "insert" or not self.rows:
            self.insert(cursor)
            return "insert"
        index = self.random.randrange(len(self.rows))
        key = self.rows[index]
        if kind == "update":
            cursor.execute("UPDATE transactions SET amount = %s WHERE transaction_id = %s", (self.amount(), key))
        elif kind == "move":
            back = datetime.timedelta(seconds=self.random.randrange(60, MOVE_SECONDS))
            cursor.execute('UPDATE transactions SET "timestamp" = "timestamp" - %s WHERE transaction_id = %s',
                           (back, key))
        else:
            cursor.execute("DELETE FROM transactions WHERE transaction_id = %s", (key,))
            del self.rows[index]
        return kind

    def insert(self, cursor):
        self.made += 1
        key = f"tx{self.made:07}"
        city, country = self.random.choice(PLACES)
        cursor.execute(INSERT, (
            key, "payment", self.amount(), self.time(), self.random.choice(CUSTOMERS), self.random.choice(CURRENCIES),
            city, country, self.random.choice(MERCHANTS), self.random.choice(METHODS),
            f"192.0.2.{self.random.randrange(1, 255)}", self.random.choice(["", "", "DISCOUNT10"]), None))
        self.rows.append(key)

    def amount(self):
        """Mostly small, sometimes large, always with two digits."""
        return round(min(self.random.lognormvariate(3.3, 0.9), 9_999), 2)

    def time(self):
        """Now, or a moment ago: payments arrive a little out of order. UTC without a zone, as the column is."""
        ago = datetime.timedelta(seconds=self.random.expovariate(2))
        return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - ago
