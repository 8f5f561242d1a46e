#!/usr/bin/python3
"""Topics of other people's connectors, against SQL: other Kafka keys, tenants, flattened rows, snapshots on demand.

usage: topics_test.py BINARY

A history is made while Debezium watches. Once Kafka has all of it Tallymill works the topic off; then every window must
be what SQL says over the table at rest, and dead letters are there for the expected reasons and for no other.
"""

import collections
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))

from history import History
from scene import Load, Servers, WatchedTable
from servers import Connect, Instance, Kafka, Postgres, read_topic, scratch_folder, wait_until
from truth import groups_by_sql
from verdict import Verdict, check_windows, spend_value, values_by_group

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else None
SEED = 20261125
FIRST_ROWS = 200
STEPS = 600
WINDOWS_MIN = 80  # fewer would say little

# Every connector of this file has a place in the log, those that ended too.
POSTGRES = {"max_replication_slots": "20", "max_wal_senders": "20"}
CONNECT = {"offset.flush.interval.ms": "300"}  # what is stored says that all before it was sent

# The two routers of Connect and Debezium that put the tables of two schemas on one topic.
TENANTS = r"(.*)\.tenant_.\.(.*)"
REGEX_ROUTER = {
    "transforms": "route", "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
    "transforms.route.regex": TENANTS, "transforms.route.replacement": "$1.public.$2",
}
LOGICAL_ROUTER = {
    "transforms": "route", "transforms.route.type": "io.debezium.transforms.ByLogicalTableRouter",
    "transforms.route.topic.regex": TENANTS, "transforms.route.topic.replacement": "$1.public.$2",
}
PHYSICAL_TABLE = "__dbz__physicalTableIdentifier"  # the column that the latter adds to the Kafka key

# A tenant's row hides that of the other one with the same primary key, if the topology does not tell them apart.
TENANT_VIEWS = [
    "CREATE SCHEMA every",
    "CREATE VIEW every.transactions AS TABLE tenant_a.transactions UNION ALL TABLE tenant_b.transactions",
    "CREATE SCHEMA earlier",
    "CREATE VIEW earlier.transactions AS TABLE tenant_a.transactions UNION ALL SELECT * FROM tenant_b.transactions b"
    " WHERE NOT EXISTS (SELECT 1 FROM tenant_a.transactions a WHERE a.transaction_id = b.transaction_id)",
]

UNWRAP = {
    "transforms": "unwrap", "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
    "transforms.unwrap.add.fields": "op,lsn,source.ts_ms",
    "transforms.unwrap.delete.tombstone.handling.mode": "rewrite",
    "time.precision.mode": "connect",
}

# A snapshot on demand that takes seconds, so that it can be met in its middle.
SNAPSHOT_ROWS = 4000
ON_DEMAND = {"snapshot.mode": "no_data", "signal.data.collection": "public.signals",
             "incremental.snapshot.chunk.size": "5"}
SNAPSHOT = ("INSERT INTO signals VALUES ('now', 'execute-snapshot',"
            """ '{"type": "incremental", "data-collections": ["public.transactions"]}')""")


def rows_by(columns):
    """The change of the topology that makes these columns the primary key."""
    return {"primary_key: [transaction_id]": f"primary_key: [{columns}]"}


def with_column(declaration):
    """The change of the topology that declares one more column."""
    return {"columns:\n": f"columns:\n      {declaration}\n"}


def partitions(count):
    """The connector's setting for topics of so many partitions."""
    return {"topic.creation.default.partitions": str(count)}


def kafka_key(columns):
    """The connector's setting for keys of these columns."""
    return {"message.key.columns": f"public.transactions:{columns}"}


class Backlog(Instance):
    """An instance of spend.yaml with changes, which ends once it has worked off what a table's topic holds."""

    def __init__(self, table, kind, changes):
        self.kafka = table.servers.kafka
        self.output = f"{table.name}-{kind}"
        topology = table.topology("spend", {"the-case-spend": self.output} | changes, kind)
        super().__init__(table.folder / f"{kind}-instance", BINARY, topology, self.kafka.bootstrap)

    def command(self):
        return [*super().command(), "--until", "end"]

    def wait(self):
        """Waits for its end, which must be a good one."""
        wait_until(lambda: not self.pid, 60, f"the end of {self.output}")
        if self.process.returncode != 0:
            raise AssertionError(f"{self.output} ended with exit code {self.process.returncode}\n{self.log_tail()}")

    def values(self):
        """All values of each group."""
        return values_by_group(read_topic(self.kafka.bootstrap, self.output), spend_value)

    def letters(self):
        """The headers of each dead letter."""
        topic = f"{self.output}.dead-letter"
        with self.kafka.admin() as admin:
            exists = topic in admin.list_topics()
        return [dict(letter.headers) for letter in (read_topic(self.kafka.bootstrap, topic) if exists else [])]


class TopicsTest(unittest.TestCase):
    """The servers are shared; every case has a database and connectors of its own."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(scratch_folder()))
        kafka = cls.enterClassContext(Kafka(cls.folder / "kafka"))
        postgres = cls.enterClassContext(Postgres(cls.folder / "postgres", settings=POSTGRES))
        connect = cls.enterClassContext(Connect(cls.folder / "connect", kafka, settings=CONNECT))
        cls.servers = Servers(kafka, postgres, connect)

    def setUp(self):
        self.database = self.id().rpartition(".")[2].removeprefix("test_")

    # --- The parts of a case --------------------------------------------------------------------------------

    def create_table(self, *statements, schemas=()):
        """Creates the case's database with its table, and runs the statements in it."""
        table = WatchedTable(self.database, self.servers, self.folder / self.database)
        table.create_table(*schemas)
        self.execute(*statements)
        return table

    def execute(self, *statements):
        with self.servers.postgres.session(self.database) as session:
            for statement in statements:
                session.execute(statement)

    def watch(self, kind, settings, tables=("public.transactions",)):
        """Has one more connector watch the case's table, until the case ends. Returns when it misses no change."""
        name = f"{self.database}_{kind}"
        table = WatchedTable(name, self.servers, self.folder / name, self.database)
        table.start_connector(tables, settings)
        self.addCleanup(self.servers.connect.delete_connector, table.connector)
        slot = "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s AND active"
        wait_until(lambda: self.servers.postgres.rows(slot, (f"{name}_slot",)), 30, f"the slot of {name}")
        return table

    def make_history(self, table, schema="public", seed=SEED):
        """Changes the table; what is open at the end is committed."""
        history = History(lambda: table.connection(schema), seed)
        history.insert_first_rows(FIRST_ROWS)
        for _ in range(STEPS):
            history.step()
        history.finish()

    def wait_until_sent(self, tables, schema="public"):
        """Inserts a last row, and waits until Kafka has all that the connectors read before it.

        Connect stores the position of a record once Kafka has it and all before it.
        """
        ((before_it,),) = self.servers.postgres.rows("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
        with tables[0].connection(schema) as connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO transactions (transaction_id, amount, \"timestamp\")"
                           " VALUES ('last', 1, '2026-01-01')")
        for table in tables:
            wait_until(lambda name=table.connector: any(
                offset.get("lsn", 0) >= before_it for offset in self.servers.connect.offsets(name)),
                60, f"the last row of {table.name}")

    def work_off(self, *jobs):
        """Lets Tallymill work off topics, all at a time. A job is (table, kind, changes of the topology)."""
        backlogs = [Backlog(table, kind, changes) for table, kind, changes in jobs]
        for backlog in backlogs:
            self.addCleanup(backlog.stop)
            backlog.start()
        for backlog in backlogs:
            backlog.wait()
        return backlogs

    def expect(self, backlog, truth, *reasons):
        """Every window, and no other, is what SQL says; dead letters are there for each of these reasons alone."""
        verdict = Verdict()
        windows = check_windows(verdict, backlog.values(), truth)
        verdict.end()
        self.assertGreater(windows, WINDOWS_MIN)
        self.assertEqual({letter["tallymill.reason"].decode() for letter in backlog.letters()}, set(reasons),
                         backlog.output)

    def source(self, table):
        """Of each record in the table's topic: the record, its key, and what its value says; None for a null."""
        for record in read_topic(self.servers.kafka.bootstrap, table.source_topic):
            value = json.loads(record.value) if record.value is not None else None
            yield record, json.loads(record.key or "null"), value and value.get("payload", value)

    def operations(self, table):
        """How many records of each operation the topic has; None for a null."""
        return collections.Counter(change and change["op"] for _, _, change in self.source(table))

    # --- Cases ----------------------------------------------------------------------------------------------

    def test_keys(self):
        table = self.create_table("ALTER TABLE transactions REPLICA IDENTITY FULL")
        exceeds = kafka_key("transaction_id,user_id")
        one = self.watch("exceeds_one", exceeds | partitions(1))
        three = self.watch("exceeds_three", exceeds | partitions(3))
        lacks = self.watch("lacks", kafka_key("user_id") | partitions(1))
        self.make_history(table)
        self.wait_until_sent([one, three, lacks])

        deleted, created = ({(key["transaction_id"], change["source"]["lsn"]) for _, key, change in self.source(one)
                             if change and change["op"] == operation} for operation in "dc")
        self.assertTrue(deleted & created, "no update changed the Kafka key alone")
        exceeds_one, exceeds_three, made_equal, lacks_one = self.work_off(
            (one, "totals", {}), (three, "totals", {}), (three, "equal", rows_by("transaction_id, user_id")),
            (lacks, "totals", {}))
        truth = groups_by_sql(table.connection())
        self.expect(exceeds_one, truth, "no_event_time")
        self.expect(lacks_one, truth, "no_event_time")

        # On several partitions each record is a dead letter, once, and nothing is counted.
        self.assertEqual(exceeds_three.values(), {})
        letters = exceeds_three.letters()
        self.assertEqual({letter["tallymill.reason"] for letter in letters}, {b"key_not_identity"})
        self.assertEqual(
            collections.Counter((letter["tallymill.partition"], letter["tallymill.offset"]) for letter in letters),
            collections.Counter((b"%d" % record.partition, b"%d" % record.offset)
                                for record, _, change in self.source(three) if change))
        # The remedy that they name: a primary key of the same columns. It cannot be null.
        self.expect(made_equal, {group: row for group, row in truth.items() if group[0] is not None},
                    "missing_key", "no_event_time")

    def test_keys_outside_replica_identity(self):
        # PostgreSQL does not say what the column was: an update changes the key without a delete, a delete has null.
        table = self.create_table()
        exceeds = self.watch("exceeds", kafka_key("transaction_id,user_id") | partitions(1))
        lacks = self.watch("lacks", kafka_key("user_id") | partitions(1))
        self.make_history(table)
        self.wait_until_sent([exceeds, lacks])
        truth = groups_by_sql(table.connection())
        for backlog in self.work_off((exceeds, "totals", {}), (lacks, "totals", {})):
            self.expect(backlog, truth, "no_event_time")

    def test_tenants(self):
        table = self.create_table(schemas=["tenant_a", "tenant_b"])
        self.execute(*TENANT_VIEWS)
        tables = ["tenant_a.transactions", "tenant_b.transactions"]
        regex = self.watch("regex", REGEX_ROUTER, tables)
        logical = self.watch("logical", LOGICAL_ROUTER, tables)
        self.make_history(table, "tenant_a")
        self.make_history(table, "tenant_b", SEED + 1)  # other payments with the same ids
        self.wait_until_sent([regex, logical], "tenant_b")

        by_schema, mixed, by_table = self.work_off(
            (regex, "schema", rows_by("schema, transaction_id")
             | with_column("schema: { type: string, from: meta.schema }")),
            (regex, "mixed", {}),
            (logical, "table", rows_by(f"{PHYSICAL_TABLE}, transaction_id")
             | with_column(f"{PHYSICAL_TABLE}: string")))
        every = groups_by_sql(table.connection("every"))
        self.expect(by_schema, every, "no_event_time")
        self.expect(by_table, every, "no_event_time")
        self.expect(mixed, groups_by_sql(table.connection("earlier")), "no_event_time", "other_table")

    def test_snapshot_on_demand(self):
        table = self.create_table("CREATE TABLE signals (id varchar(64) PRIMARY KEY, type varchar(32), data text)")
        connect = self.servers.connect
        history = History(table.connection, SEED)
        history.insert_first_rows(SNAPSHOT_ROWS)
        watched = self.watch("snapshot", ON_DEMAND)
        self.servers.kafka.create_topic(watched.source_topic)

        def offsets_say(*fields):
            return any(field in offset for offset in connect.offsets(watched.connector) for field in fields)
        load = Load(history, 60)
        load.start()
        self.addCleanup(load.stop)
        self.execute(SNAPSHOT)
        wait_until(lambda: offsets_say("incremental_snapshot_primary_key") and self.operations(watched)["r"], 30,
                   "the first rows of the snapshot")
        connect.kill()
        rows_before_it = self.operations(watched)["r"]
        connect.start()
        connect.wait_until_running(watched.connector)
        self.assertIn(rows_before_it, range(1, SNAPSHOT_ROWS), "it was not killed in the snapshot's middle")
        # Behind the restart offsets name no table for a while, just that there is a snapshot.
        wait_until(lambda: not offsets_say("incremental_snapshot_collections", "snapshot"), 60, "the snapshot's end")
        load.stop()
        self.wait_until_sent([watched])

        operations = self.operations(watched)
        self.assertGreater(operations["r"], SNAPSHOT_ROWS // 2)
        self.assertGreater(min(operations[operation] for operation in "cud"), 20)
        (backlog,) = self.work_off((watched, "totals", {}))
        self.expect(backlog, groups_by_sql(table.connection()), "no_event_time")

    def test_table_without_key(self):
        table = self.create_table("ALTER TABLE transactions DROP CONSTRAINT transactions_pkey",
                                  "ALTER TABLE transactions REPLICA IDENTITY FULL")
        twice = "INSERT INTO transactions SELECT * FROM transactions WHERE transaction_id LIKE '%1'"
        history = History(table.connection, SEED)
        history.insert_first_rows(FIRST_ROWS)
        self.execute(twice)
        watched = self.watch("changelog", partitions(1))
        for _ in range(3):
            for _ in range(STEPS // 3):
                history.step()
            history.finish()
            self.execute(twice)  # later changes are to all of the equal rows
        self.wait_until_sent([watched])

        self.assertGreater(min(self.operations(watched)[operation] for operation in "rcud"), 20)
        (backlog,) = self.work_off((watched, "totals", {"primary_key: [transaction_id]": "mode: changelog"}))
        self.expect(backlog, groups_by_sql(table.connection()), "no_event_time")

    def test_flattened(self):
        table = self.create_table()
        text = self.watch("text", UNWRAP | {"decimal.handling.mode": "string",
                                            "value.converter.schemas.enable": "false"})
        base64 = self.watch("base64", UNWRAP | {"decimal.handling.mode": "precise"})
        self.make_history(table)
        self.wait_until_sent([text, base64])

        for watched, form in ((text, str), (base64, dict)):  # a decimal without a scale states it beside the base64
            changes = [change for _, _, change in self.source(watched)]
            self.assertEqual({type(change["amount"]) for change in changes}, {form, type(None)})
            self.assertTrue(all(type(change["timestamp"]) in (int, type(None)) for change in changes))
            self.assertGreater(sum(change["__deleted"] == "true" for change in changes), 20)
        truth = groups_by_sql(table.connection())
        for backlog in self.work_off(
                (text, "totals", {"timestamp: timestamp": "timestamp: { type: timestamp, unit: ms }"}),
                (base64, "totals", {})):  # here the schema says that it is milliseconds
            self.expect(backlog, truth, "no_event_time")


if __name__ == "__main__":
    unittest.main(verbosity=2)
