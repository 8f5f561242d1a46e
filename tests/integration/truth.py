"""What SQL says about the table, and the order in which its changes were committed."""

import collections
import dataclasses

from history import Payment
from servers.aggregates import aggregate_of

# A group of the topologies: (user, currency, minute), each as the table has it.
GROUPS = """
SELECT user_id, currency, date_trunc('minute', "timestamp"), count(*), count(amount), sum(amount), min(amount),
    max(amount)
FROM transactions WHERE "timestamp" IS NOT NULL GROUP BY 1, 2, 3
"""

COLUMNS = ("transaction_id", "user_id", "currency", "amount", '"timestamp"')

# The slot that tells in which order transactions were committed; PostgreSQL's own decoder, not the connector's.
ORDER_SLOT = "commit_order"


@dataclasses.dataclass(frozen=True)
class Step:
    """One row's change, as it was committed. An insert has no before, a delete no after."""

    before: Payment | None
    after: Payment | None


def group_of(payment):
    """The group that a payment is counted in; None if it has no time."""
    if payment is None or payment.timestamp is None:
        return None
    return payment.user_id, payment.currency, payment.timestamp.replace(second=0, microsecond=0)


def groups_by_sql(connection):
    """Every group of the table with its row."""
    with connection, connection.cursor() as cursor:
        cursor.execute(GROUPS)
        return {tuple(row[:3]): aggregate_of(*row[3:]) for row in cursor}


def watch_commit_order(connection):
    """From here on the order of commits is kept, until committed_steps() is asked."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_create_logical_replication_slot(%s, 'test_decoding')", (ORDER_SLOT,))


def committed_steps(connection):
    """All changes of the table: transactions in the order of their commits, within one in the order of its steps.

    Since watch_commit_order(); can be asked once.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT xid::text FROM pg_logical_slot_get_changes(%s, NULL, NULL, 'skip-empty-xacts', '1')"
                       " WHERE data LIKE 'COMMIT%%'", (ORDER_SLOT,))
        order = [xid for (xid,) in cursor]
        columns = ", ".join(f"({half}).{column}" for half in ("before", "after") for column in COLUMNS)
        cursor.execute(f"SELECT xid::text, {columns} FROM history ORDER BY step")
        steps = collections.defaultdict(list)
        for xid, *values in cursor:
            before, after = values[:len(COLUMNS)], values[len(COLUMNS):]
            steps[xid].append(Step(payment_of(before), payment_of(after)))
        cursor.execute("SELECT pg_drop_replication_slot(%s)", (ORDER_SLOT,))
    unknown = steps.keys() - set(order)
    if unknown:
        raise ValueError(f"transactions {sorted(unknown)} have changes, and the slot saw no commit of them")
    return [step for xid in order for step in steps.get(xid, ())]


def payment_of(values):
    """A payment of its columns; None where there is no row."""
    return None if values[0] is None else Payment(*values)
