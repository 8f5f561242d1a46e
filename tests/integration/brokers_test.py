#!/usr/bin/python3
"""Three brokers that die and restart while two instances work: nothing is lost or doubled, the silence is short.

usage: brokers_test.py BINARY

A writer sends inserts, updates and deletes at a steady rate. Each case does something to a broker; then it is read from
the output how long no partition of it got anything, beside how long the writer itself waited for an acknowledgement. At
the end every total is that of the table which the writer keeps.
"""

import collections
import json
import pathlib
import random
import sys
import threading
import time
import unittest
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))

from servers import Instance, KafkaCluster, read_topic, scratch_folder, wait_until

from kafka import KafkaProducer

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else None
PARTITIONS = 4
RECORDS_PER_SECOND = 200
USERS = 40
# A killed broker is missed after 3 s (broker.session.timeout.ms) and its partitions have new leaders then; a member of
# the group or a producer of transactions then looks for its coordinator. Measured: 3 to 6 s on an idle machine.
SILENCE_MAX_SECONDS = 15
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
      - aggregate: { by: [user], compute: { payments: count(), total: sum(amount) } }
    to: { topic: NAME.totals }
"""


class Writer(threading.Thread):
    """Changes a table and writes each change, until it is told to stop. `rows` is the table, {id: (user, amount)}."""

    def __init__(self, bootstrap, topic):
        super().__init__(name="writer", daemon=True)
        self.topic = topic
        self.producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5,
                                      delivery_timeout_ms=120_000, metadata_max_age_ms=2_000)
        self.chance = random.Random(11)
        self.rows = {}
        self.lsn = 0
        self.acknowledged = collections.defaultdict(list)  # {partition: monotonic times}
        self.failure = None
        self.stopping = threading.Event()

    def run(self):
        try:
            while not self.stopping.wait(1 / RECORDS_PER_SECOND):
                self.change()
            self.producer.flush(timeout=120)
        except Exception as failure:  # whoever waits for it shall hear of it
            self.failure = failure

    def change(self):
        known = self.chance.random() < 0.5 and self.rows
        identity = self.chance.choice(list(self.rows)) if known else f"p{self.lsn}"
        if known and self.chance.random() < 0.3:
            del self.rows[identity]
            self.send(identity, "d", {"id": identity}, None)
            return
        user = f"u{self.chance.randrange(USERS)}"
        amount = Decimal(self.chance.randrange(1, 100_000)) / 100
        self.rows[identity] = (user, amount)
        self.send(identity, "u" if known else "c", None, {"id": identity, "user": user, "amount": str(amount)})

    def send(self, identity, operation, before, after):
        self.lsn += 1
        value = {"op": operation, "before": before, "after": after,
                 "source": {"lsn": self.lsn, "ts_ms": 1_795_622_400_000 + self.lsn}}
        partition = int(identity[1:]) % PARTITIONS
        sent = self.producer.send(self.topic, partition=partition, key=json.dumps({"id": identity}).encode(),
                                  value=json.dumps(value).encode())
        sent.add_callback(lambda _: self.acknowledged[partition].append(time.monotonic()))
        sent.add_errback(self.fail)

    def fail(self, error):
        self.failure = self.failure or error

    def stop(self):
        self.stopping.set()
        self.join(150)
        if self.failure or self.is_alive():
            raise AssertionError(f"the writer failed: {self.failure or 'it does not end'}")

    def totals(self):
        totals = collections.defaultdict(lambda: (0, Decimal(0)))
        for user, amount in self.rows.values():
            payments, total = totals[user]
            totals[user] = (payments + 1, total + amount)
        return dict(totals)


def longest_gap(times, begin, end):
    """The longest time between two of them, or between one of them and an end of the span."""
    inside = [begin, *sorted(each for each in times if begin < each < end), end]
    return max(later - sooner for sooner, later in zip(inside, inside[1:]))


class BrokersTest(unittest.TestCase):
    """One cluster and one application for all; the cases follow each other under one load."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(scratch_folder()))
        self.cluster = self.enterContext(KafkaCluster(self.folder / "kafka"))
        self.name = "steady"
        topology = self.folder / "topology.yaml"
        topology.write_text(TOPOLOGY.replace("NAME", self.name))
        self.cluster.create_topic(f"cdc.{self.name}", PARTITIONS)
        self.instances = [self.enterContext(Instance(self.folder / f"instance-{number}", BINARY, topology,
                                                     self.cluster.bootstrap, {"workers": "2"}))
                          for number in (1, 2)]
        self.pids = [each.pid for each in self.instances]
        self.writer = Writer(self.cluster.bootstrap, f"cdc.{self.name}")
        self.writer.start()
        wait_until(lambda: len(self.totals()) == USERS, 60, "totals of all users", interval_seconds=1)

    def records(self):
        return read_topic(self.cluster.bootstrap, f"{self.name}.totals", seconds=60)

    def totals(self):
        """{user: (payments, total)} as the output topic has it now."""
        try:
            records = self.records()
        except Exception:  # not there yet, or a broker is away: asked again
            return {}
        rows = {}
        for record in sorted(records, key=lambda each: each.offset):
            user = json.loads(record.key)["user"]
            if record.value is None:
                rows.pop(user, None)
            else:
                value = json.loads(record.value)
                rows[user] = (value["payments"], Decimal(value["total"]))
        return rows

    def test_nothing_is_lost_and_the_silence_is_short(self):
        spans = []
        for what, disturb in (("kill -9 of a leader", self.kill_leader),
                              ("kill -9 of the group's coordinator", self.kill_coordinator),
                              ("controlled restart", self.restart_one),
                              ("rolling restart of all", self.restart_all)):
            began = time.monotonic(), time.time()
            disturb()
            wait_until(self.cluster.all_registered, 60, "all brokers back")
            self.settle()
            spans.append((what, began, (time.monotonic(), time.time())))
        self.writer.stop()
        wait_until(lambda: self.totals() == self.writer.totals(), 90, "totals equal to the table's", interval_seconds=1)
        self.report(spans)
        self.assertEqual(self.pids, [each.pid for each in self.instances], "no process ended")

    def report(self, spans):
        records = self.records()
        silences = {}
        for what, (began, began_at), (ended, ended_at) in spans:
            written = max(longest_gap(times, began, ended) for times in self.writer.acknowledged.values())
            shown = max(longest_gap([each.timestamp_ms / 1000 for each in records if each.partition == partition],
                                    began_at, ended_at) for partition in range(PARTITIONS))
            silences[what] = shown
            print(f"{what}: no partition of the output without a record for longer than {shown:.1f} s; the writer "
                  f"waited {written:.1f} s")
        print(f"{self.writer.lsn} changes, {len(records)} records of results, 0 of {USERS} totals differ")
        for what, silence in silences.items():
            self.assertLessEqual(silence, SILENCE_MAX_SECONDS, what)

    def settle(self):
        """Time in which a fault that lasts shows itself."""
        before = self.writer.lsn
        wait_until(lambda: self.writer.lsn > before + 15 * RECORDS_PER_SECOND // 2, 60, "changes to be written")

    def kill_leader(self):
        leaders = self.cluster.leaders(f"{self.name}.totals.aggregate.repartition")
        coordinator = self.cluster.group_coordinator(self.name)
        victim = next(self.cluster.nodes[node] for node in leaders.values() if node != coordinator.node_id)
        self.kill_for_a_while(victim)

    def kill_coordinator(self):
        self.kill_for_a_while(self.cluster.group_coordinator(self.name))

    def kill_for_a_while(self, node):
        node.kill()
        self.settle()
        node.start()

    def restart_one(self):
        self.cluster.group_coordinator(self.name).restart()

    def restart_all(self):
        for node in self.cluster.nodes.values():
            node.restart()
            wait_until(self.cluster.all_registered, 60, "all brokers back")


if __name__ == "__main__":
    if BINARY is None:
        sys.exit(__doc__.strip())
    unittest.main(verbosity=2)
