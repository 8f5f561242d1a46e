#!/usr/bin/python3
"""The servers themselves: a table's changes arrive in Kafka, killed servers come back, and nothing is left running.

Runs with Debian's own Python, the one that has psycopg2.
"""

import base64
import decimal
import json
import pathlib
import subprocess
import sys
import unittest

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
sys.path.insert(0, str(DEPLOY))

from servers import (Connect, Kafka, Postgres, Prometheus, ReadError, ServerError, debezium_connector, processes_in,
                     read_topic, scratch_folder, wait_until)

from kafka import KafkaProducer

TABLE = """
    CREATE TABLE transactions (
      transaction_id VARCHAR(255) PRIMARY KEY, type VARCHAR(50), amount DECIMAL, "timestamp" TIMESTAMP,
      user_id VARCHAR(255), currency VARCHAR(255))"""
TOPIC = "cdc.public.transactions"
CONNECTOR = "financial_connector"


folder = None
kafka = None


def setUpModule():
    """One folder and one Kafka for all tests, each of which has topics or rows of its own."""
    global folder, kafka
    folder = unittest.enterModuleContext(scratch_folder())
    unittest.addModuleCleanup(check_nothing_is_left)
    kafka = unittest.enterModuleContext(Kafka(folder / "kafka"))


def check_nothing_is_left():
    """After every server has been stopped."""
    left = processes_in(folder)
    if left:
        raise AssertionError(f"left running: {left}")


def amount(row):
    """The exact amount of a row. A DECIMAL without a scale comes as the unscaled bytes and each value's own scale."""
    unscaled = int.from_bytes(base64.b64decode(row["amount"]["value"]), "big", signed=True)
    return decimal.Decimal(f"{unscaled}e{-row['amount']['scale']}")  # scaleb() would round to 28 digits


class BrokerTest(unittest.TestCase):
    """Kafka alone: its own records, read by the independent client."""

    def transaction(self, topic, value, producer):
        """Writes one record in a transaction that is left open."""
        producer.begin_transaction()
        producer.send(topic, partition=0, key=b"key", value=value, headers=[("name", b"text")])
        producer.flush()

    def test_reader_is_committed_waits_and_sees_keys_and_headers(self):
        kafka.create_topic("transactional", partitions=2)
        with KafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id="servers-test",
                           compression_type="lz4") as producer:
            producer.init_transactions()
            self.transaction("transactional", b"aborted", producer)
            producer.abort_transaction()
            self.transaction("transactional", b"committed", producer)
            with self.assertRaisesRegex(ReadError, "is a transaction open there"):
                read_topic(kafka.bootstrap, "transactional", seconds=1)
            producer.commit_transaction()
        (record,) = read_topic(kafka.bootstrap, "transactional")
        self.assertEqual((0, 2, b"key", b"committed", (("name", b"text"),)),
                         (record.partition, record.offset, record.key, record.value, record.headers))
        everything = read_topic(kafka.bootstrap, "transactional", "read_uncommitted")
        self.assertEqual([b"aborted", b"committed"], [record.value for record in everything])

    def test_killed_broker_keeps_its_records(self):
        kafka.create_topic("kept", partitions=4)
        kafka.produce("kept", [(number % 4, b"%d" % number, None) for number in range(100)])
        kafka.kill()
        kafka.start()
        keys = sorted(int(record.key) for record in read_topic(kafka.bootstrap, "kept"))
        self.assertEqual(list(range(100)), keys)


class ChangesTest(unittest.TestCase):
    """From a table of PostgreSQL through Debezium to a topic."""

    @classmethod
    def setUpClass(cls):
        cls.postgres = cls.enterClassContext(Postgres(folder / "postgres"))
        cls.connect = cls.enterClassContext(Connect(folder / "connect", kafka))
        cls.postgres.execute(TABLE, "ALTER TABLE transactions REPLICA IDENTITY FULL",
                             "INSERT INTO transactions VALUES ('tx0', 'payment', 1.50, '2026-01-01')")
        cls.connect.create_connector(CONNECTOR, debezium_connector(cls.postgres, ["public.transactions"]))
        # Debezium delivers at least once: a worker that dies before this takes the snapshot again.
        wait_until(lambda: cls.connect.offsets(CONNECTOR), 30, "a stored offset of the connector")

    def values_of(self, transaction_id, count):
        """The decoded values of the row's records, once there are `count` of them; more are an error."""
        key = {"transaction_id": transaction_id}

        def values():
            try:
                records = read_topic(kafka.bootstrap, TOPIC)
            except ReadError:  # Debezium makes the topic with the first record
                return None
            found = [record.value and json.loads(record.value) for record in records if json.loads(record.key) == key]
            return found if len(found) >= count else None

        found = wait_until(values, 30, f"{count} records of {transaction_id}")
        self.assertEqual(count, len(found))
        return found

    def test_what_was_there_before_the_connector_arrives(self):
        (envelope,) = self.values_of("tx0", 1)
        self.assertEqual("r", envelope["op"])
        self.assertEqual(decimal.Decimal("1.50"), amount(envelope["after"]))

    def test_insert_update_and_delete_arrive_as_envelopes(self):
        self.postgres.execute(
            "INSERT INTO transactions VALUES ('tx1', 'payment', 750.00, CURRENT_TIMESTAMP)",
            "UPDATE transactions SET amount = -12345678901234567890.123456789 WHERE transaction_id = 'tx1'",
            "DELETE FROM transactions WHERE transaction_id = 'tx1'")
        inserted, updated, deleted, tombstone = self.values_of("tx1", 4)
        self.assertEqual(["c", "u", "d"], [envelope["op"] for envelope in (inserted, updated, deleted)])
        self.assertIsNone(inserted["before"])
        self.assertEqual(decimal.Decimal("750.00"), amount(inserted["after"]))
        self.assertEqual(inserted["after"], updated["before"])
        self.assertEqual(decimal.Decimal("-12345678901234567890.123456789"), amount(updated["after"]))
        self.assertIsNone(deleted["after"])
        self.assertIsNone(tombstone)

    def test_killed_connect_goes_on_where_it_was(self):
        self.connect.kill()
        self.postgres.execute("INSERT INTO transactions VALUES ('tx2', 'payment', 1, CURRENT_TIMESTAMP)")
        self.connect.start()
        self.connect.wait_until_running(CONNECTOR)
        (envelope,) = self.values_of("tx2", 1)
        self.assertEqual("c", envelope["op"])

    def test_killed_postgres_keeps_its_rows(self):
        self.postgres.execute("INSERT INTO transactions VALUES ('tx3', 'payment', 1, CURRENT_TIMESTAMP)")
        self.postgres.kill()
        self.postgres.start()
        self.assertEqual([(1,)], self.postgres.rows("SELECT amount FROM transactions WHERE transaction_id = 'tx3'"))


class EndTest(unittest.TestCase):
    """What failed and killed tests leave: a reason, and no process."""

    SCRIPT = """
import sys
from servers import Postgres, Prometheus
Postgres(sys.argv[1] + "/postgres").start()
Prometheus(sys.argv[1] + "/prometheus", ["127.0.0.1:1"]).start()
print("started", flush=True)
sys.stdin.read()
"""

    def test_servers_end_with_a_killed_test(self):
        with scratch_folder() as folder:
            with subprocess.Popen([sys.executable, "-B", "-c", self.SCRIPT, folder], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True, cwd=DEPLOY) as test:
                self.assertEqual("started\n", test.stdout.readline())
                self.assertGreater(len(processes_in(folder)), 2)
                test.kill()
            wait_until(lambda: not processes_in(folder), 20, "the end of the servers")

    def test_a_server_that_does_not_start_says_why(self):
        with scratch_folder() as folder:
            rules = folder / "no_rules.yml"
            rules.write_text("no rules\n")
            server = Prometheus(folder / "prometheus", [], rules=rules)
            with self.assertRaisesRegex(ServerError, "(?s)ended with exit code 1.*the last lines of.*no rules"):
                server.start()


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # the Kafka client leaves sockets to the garbage collector
