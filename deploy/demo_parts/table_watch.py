"""What PostgreSQL says about the table, and what was changed since a beat.

A journal beside the table, in a schema of its own that the connector does not capture, says which windows each change
touches: changes made in psql are in it too.
"""

import contextlib
import dataclasses

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ

from servers.aggregates import aggregate_of

JOURNAL = """
CREATE SCHEMA demo;
CREATE TABLE demo.journal (
  xid      xid8 NOT NULL DEFAULT pg_current_xact_id(),
  user_id  varchar(255),
  currency varchar(255),
  minute   timestamp NOT NULL
);
CREATE FUNCTION demo.remember() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO demo.journal (user_id, currency, minute)
    SELECT DISTINCT half.user_id, half.currency, date_trunc('minute', half."timestamp")
    FROM (SELECT OLD.user_id, OLD.currency, OLD."timestamp" UNION ALL
          SELECT NEW.user_id, NEW.currency, NEW."timestamp") AS half
    WHERE half."timestamp" < '9999-01-01';
  RETURN NULL;
END $$;
-- Nobody may take the beats back by which one knows how far the outputs are: whoever tries does nothing.
CREATE FUNCTION demo.leave_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER demo_keep_beats BEFORE UPDATE OR DELETE ON transactions
  FOR EACH ROW WHEN (OLD.type = 'beat') EXECUTE FUNCTION demo.leave_it();
CREATE FUNCTION demo.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE tells the connector nothing of the rows it drops; write DELETE FROM transactions';
END $$;
CREATE TRIGGER demo_refuse_truncate BEFORE TRUNCATE ON transactions
  FOR EACH STATEMENT EXECUTE FUNCTION demo.refuse_truncate();
CREATE TRIGGER demo_remember AFTER INSERT OR UPDATE OR DELETE ON transactions
  FOR EACH ROW EXECUTE FUNCTION demo.remember();
"""

# Python's times end with the year 9999, and amounts that are no numbers have no mean.
SHOWABLE = """ "timestamp" < '9999-01-01' AND (amount IS NULL OR amount NOT IN ('NaN', 'Infinity', '-Infinity')) """
SPEND_PER_USER = f"""
SELECT user_id, currency, date_trunc('minute', "timestamp"), count(*), count(amount), sum(amount), min(amount),
    max(amount)
FROM transactions WHERE ("timestamp" >= %s OR date_trunc('minute', "timestamp") = %s) AND {SHOWABLE} GROUP BY 1, 2, 3
"""
SPEND_PER_MERCHANT = f"""
SELECT merchant_name, currency, date_trunc('minute', "timestamp"), count(*), sum(amount), max(amount)
FROM transactions WHERE "timestamp" IS NOT NULL AND amount > 0 AND {SHOWABLE} GROUP BY 1, 2, 3
"""
CHANGED_SINCE = """
SELECT user_id, currency, minute, count(*)
FROM demo.journal WHERE NOT pg_visible_in_snapshot(xid, %s::pg_snapshot) GROUP BY 1, 2, 3
"""
WINDOW_OF = f"""
SELECT user_id, currency, date_trunc('minute', "timestamp") FROM transactions WHERE transaction_id = %s AND {SHOWABLE}
"""
FORGET = "DELETE FROM demo.journal WHERE pg_visible_in_snapshot(xid, %s::pg_snapshot)"


@dataclasses.dataclass(frozen=True)
class TableView:
    """The table at one moment. `windows` has the row of each (user, currency, minute); `changes` says of how many
    row changes since the beat's snapshot it consists, for those windows that have any."""

    windows: dict
    changes: dict


class TableWatch:
    """Asks PostgreSQL. From one thread at a time."""

    def __init__(self, dsn):
        self.connection = psycopg2.connect(dsn)
        self.connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ)

    def keep_journal(self):
        """Begins the journal; the table must be there."""
        self.run(JOURNAL)

    def view(self, snapshot, since, minute):
        """Both halves of a TableView in one snapshot: windows from the minute `since` on and of the one `minute`, which
        may be long ago; changes after `snapshot`."""
        with self.transaction() as cursor:
            cursor.execute(SPEND_PER_USER, (since, minute))
            windows = {tuple(row[:3]): aggregate_of(*row[3:]) for row in cursor}
            cursor.execute(CHANGED_SINCE, (snapshot,))
            return TableView(windows, {tuple(row[:3]): row[3] for row in cursor})

    def window_of(self, transaction_id):
        """The window that the row is in; None without a row, or a time."""
        with self.transaction() as cursor:
            cursor.execute(WINDOW_OF, (transaction_id,))
            return cursor.fetchone()

    def spend_per_merchant(self):
        """(payments, total, largest) of every window of the second topology."""
        with self.transaction() as cursor:
            cursor.execute(SPEND_PER_MERCHANT)
            return {tuple(row[:3]): tuple(row[3:]) for row in cursor}

    def forget(self, snapshot):
        """Drops what is visible in the snapshot from the journal: nobody asks for it any more."""
        self.run(FORGET, (snapshot,))

    def run(self, statement, parameters=None):
        with self.transaction() as cursor:
            cursor.execute(statement, parameters)

    @contextlib.contextmanager
    def transaction(self):
        with self.connection, self.connection.cursor() as cursor:
            yield cursor

    def close(self):
        self.connection.close()
