#!/usr/bin/python3
"""What `tallymill run` says and does when its surroundings are not as they should be.

usage: trouble_test.py BINARY

Each case is one sentence with a code, a place and a remedy; what can resume does so by itself, and no total is wrong
afterwards. Rights, logins and advertised addresses are tried in kafka_adapter_test.py, which has a secured broker.
"""

import json
import pathlib
import random
import string
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))

from servers import Instance, Kafka, read_topic, scratch_folder, wait_until

from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else None
TOPOLOGY = """version: 1
name: NAME
sources:
  payments:
    topic: cdc.NAME
    primary_key: [id]
    columns: { id: string, user: string, amount: decimal }
pipelines:
  totals:
    from: payments
    steps:
      - filter: FILTER
      - aggregate: { by: [user], compute: { total: sum(amount) } }
    to: { topic: NAME.totals }
"""


def change(identity, user, amount, lsn):
    """(partition, key, value) of an insert, as a connector without schemas sends it."""
    key = json.dumps({"id": identity})
    value = json.dumps({"op": "c", "before": None, "after": {"id": identity, "user": user, "amount": amount},
                        "source": {"lsn": lsn, "ts_ms": 1_795_622_400_000}})
    return lsn % 2, key.encode(), value.encode()


def incompressible(length):
    """Text that stays as long as it is when a batch is compressed."""
    return "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=length))


class TroubleTest(unittest.TestCase):
    """One broker; every case has a name, topics and a group of its own."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(scratch_folder()))
        cls.kafka = cls.enterClassContext(Kafka(cls.folder / "kafka"))

    def setUp(self):
        self.name = self.id().rpartition(".")[2].removeprefix("test_").replace("_", "-")

    def topology(self, condition="amount > 0"):
        file = self.folder / f"{self.name}.yaml"
        file.write_text(TOPOLOGY.replace("NAME", self.name).replace("FILTER", condition))
        return file

    def instance(self, number=0, bootstrap=None, settings=None, condition="amount > 0"):
        instance = Instance(self.folder / f"{self.name}-{number}", BINARY, self.topology(condition),
                            bootstrap or self.kafka.bootstrap, {"workers": "1"} | (settings or {}))
        self.addCleanup(instance.stop)
        instance.start()
        return instance

    def totals(self):
        """user -> total, as a careful reader has it at the end."""
        totals = {}
        for record in read_topic(self.kafka.bootstrap, f"{self.name}.totals"):
            user = json.loads(record.key)["user"]
            if record.value is None:
                totals.pop(user)
            else:
                totals[user] = json.loads(record.value)["total"]
        return totals

    def expect_totals(self, expected):
        wait_until(lambda: self.totals() == expected, 30, f"totals {expected}", interval_seconds=0.2)

    def expect_end(self, instance, exit_code, *parts):
        """It ends by itself, and says these things."""
        wait_until(lambda: instance.process.poll() is not None, 30, "an end of the process")
        log = instance.log()
        self.assertEqual(instance.process.returncode, exit_code, log)
        for part in parts:
            self.assertIn(part, log)

    def run_once(self):
        """One payment is counted and committed, and the instance leaves."""
        self.kafka.create_topic(f"cdc.{self.name}", partitions=2)
        self.kafka.produce(f"cdc.{self.name}", [change("a", "ann", "10.00", 1)])
        instance = self.instance()
        self.expect_committed({"ann": "10.00"})
        instance.leave()

    def expect_committed(self, totals):
        self.expect_topic()
        self.expect_totals(totals)

    def expect_topic(self):
        def exists():
            with self.kafka.admin() as admin:
                return f"{self.name}.totals" in admin.list_topics()
        wait_until(exists, 30, "the output topic")

    def test_missing_topic_is_waited_for(self):
        instance = self.instance()
        log = instance.wait_for_log("waiting: topic")
        self.assertIn(f'topic "cdc.{self.name}" of source "payments" does not exist', log)
        self.assertIn("a connector makes the topic with its first record", log)
        self.kafka.create_topic(f"cdc.{self.name}", partitions=2)
        instance.wait_for_log("a source has no records yet")
        self.kafka.produce(f"cdc.{self.name}", [change("a", "ann", "10.00", 1)])
        self.expect_committed({"ann": "10.00"})

    def test_broker_that_is_down_is_waited_for(self):
        broker = Kafka(self.folder / "late-kafka")
        instance = self.instance(bootstrap=broker.bootstrap)
        log = instance.wait_for_log("a broker cannot be reached; trying again until it answers")
        self.assertIn(broker.bootstrap, log)
        self.assertIn("it refuses the connection", log)
        with broker:
            instance.wait_for_log("waiting: topic")
            instance.stop()

    def test_port_in_use_is_named_with_its_setting(self):
        self.kafka.create_topic(f"cdc.{self.name}", partitions=2)
        first = self.instance(0)
        address = first.wait_for_log("serving HTTP").partition('http="')[2].partition('"')[0]
        second = self.instance(1, settings={"http.address": address})
        self.expect_end(second, 2, f"http.address {address} is in use by another process [port_in_use]",
                        "set http.address to another port")

    def test_state_directory_in_use(self):
        self.kafka.create_topic(f"cdc.{self.name}", partitions=2)
        first = self.instance(0)
        first.wait_for_log("serving HTTP")
        second = self.instance(1, settings={"state.directory": first.settings["state.directory"]})
        self.expect_end(second, 2, "another process uses the state directory", "[state_in_use]",
                        "a state.directory of its own")

    def test_another_topology_under_the_same_name(self):
        self.run_once()
        self.expect_end(self.instance(condition="amount > 5"), 2, "[plan_differs]",
                        "was: totals.filter stateless: filter amount > 0", "amount > 5", "give the topology a new name")
        self.instance()
        self.kafka.produce(f"cdc.{self.name}", [change("b", "ann", "1.00", 2)])
        self.expect_totals({"ann": "11.00"})

    def test_changed_partition_count(self):
        self.run_once()
        with self.kafka.admin() as admin:
            admin.create_partitions({f"cdc.{self.name}": 3})
        self.expect_end(self.instance(), 2, "[partition_count_changed]", "keys no longer hash to where their state is")

    def test_group_that_somebody_reset(self):
        self.run_once()
        with self.kafka.admin() as admin:
            partition = TopicPartition(f"cdc.{self.name}", 1)
            admin.alter_group_offsets(self.name, {partition: OffsetAndMetadata(0, "", -1)})
        self.expect_end(self.instance(), 3, "[state_disagrees]", f"state and offsets of cdc.{self.name}/1 disagree",
                        "the state stands at 1, the group at 0", "reset the application, state and offsets together")

    def test_changelog_that_somebody_deleted(self):
        self.run_once()
        with self.kafka.admin() as admin:
            admin.delete_topics([f"{self.name}.totals.aggregate.changelog"])
        self.expect_end(self.instance(), 3, "[state_disagrees]", "the changelog has no state")

    def test_records_that_were_deleted_unread(self):
        self.run_once()
        self.kafka.produce(f"cdc.{self.name}", [change(f"x{lsn}", "ann", "1.00", lsn) for lsn in (3, 5, 7)])
        with self.kafka.admin() as admin:
            admin.delete_records({TopicPartition(f"cdc.{self.name}", 1): 3})
        self.expect_end(self.instance(), 3, "[offset_out_of_log]", f"cdc.{self.name}/1 are gone")

    def test_result_too_large_for_its_topic(self):
        self.kafka.create_topic(f"cdc.{self.name}", partitions=2)
        self.kafka.create_topic(f"{self.name}.totals", partitions=2, config={"max.message.bytes": "2000"})
        self.kafka.produce(f"cdc.{self.name}", [change("a", "ann", "10.00", 1),
                                                change("b", incompressible(6000), "1.00", 2),
                                                change("c", "ann", "1.00", 3)])
        instance = self.instance()
        # It comes out of a frame, and a frame left out would be money lost: that stops the engine.
        self.expect_end(instance, 3, "[unproducible]", "raise the topic's max.message.bytes")


if __name__ == "__main__":
    unittest.main(verbosity=2)
