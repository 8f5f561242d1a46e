"""Payments as a connector sends them, a topology over them, and what the independent client reads of its output."""

import json
import pathlib

from servers import Instance, read_topic
from servers.ports import free_ports

TOPOLOGY = """version: 1
name: NAME
sources:
  payments:
    topic: cdc.NAME
    primary_key: [id]
    event_time: at
    watermark: { out_of_orderness: 5s }
    columns:
      id: string
      user: string
      card: CARD
      currency: string
      amount: { type: decimal, currency: currency }
      at: timestamp
pipelines:
  spend:
    from: payments
    steps:
      - filter: amount > 0
      - aggregate:
          by: [user, currency]
          window: { tumbling: 1m, grace: 10s }
          compute: { payments: count(), total: sum(amount), card: max(card) }
    to: { topic: NAME.spend }
  cards:
    from: payments
    steps:
      - aggregate: { by: [card], compute: { payments: count() } }
    to: { topic: NAME.cards }
"""
PARTITIONS = 2


class Scene:
    """A topology under a name of its own on a broker, its source topic, and the instances that run it."""

    def __init__(self, kafka, folder, binary, name, card="string"):
        self.kafka = kafka
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.binary = binary
        self.name = name
        self.lsn = 0
        self.instances = []
        self.topology = self.folder / "topology.yaml"
        self.topology.write_text(TOPOLOGY.replace("NAME", name).replace("CARD", card))
        kafka.create_topic(f"cdc.{name}", partitions=PARTITIONS)

    def payment(self, identity, user, amount, at, currency="USD", card="4111", partition=0):
        """(partition, key, value) of an insert."""
        self.lsn += 1
        row = {"id": identity, "user": user, "card": card, "currency": currency, "amount": amount, "at": at}
        value = {"op": "c", "before": None, "after": row, "source": {"lsn": self.lsn, "ts_ms": 1_767_225_600_000}}
        return partition, json.dumps({"id": identity}).encode(), json.dumps(value).encode()

    def produce(self, records):
        self.kafka.produce(f"cdc.{self.name}", records)

    def start(self, count=1):
        """Starts so many instances that know each other; their operators' addresses keep over restarts."""
        ports = free_ports(count)
        peers = {"admin.peers": ",".join(f"127.0.0.1:{port}" for port in ports)} if count > 1 else {}
        for number, port in enumerate(ports):
            settings = {"admin.address": f"127.0.0.1:{port}", "workers": "1"} | peers
            instance = Instance(self.folder / f"instance-{number}", self.binary, self.topology, self.kafka.bootstrap,
                                settings)
            instance.start()
            instance.wait_for_log("serving HTTP")
            self.instances.append(instance)
        return self

    def stop(self):
        for instance in self.instances:
            instance.stop()

    def address(self, number=0):
        return self.instances[number].settings["admin.address"]

    def rows(self):
        """The table that the output topic is: {key as JSON text: value}."""
        rows = {}
        for record in sorted(read_topic(self.kafka.bootstrap, f"{self.name}.spend"), key=lambda each: each.offset):
            if record.value is None:
                rows.pop(record.key, None)
            else:
                rows[record.key] = json.loads(record.value)
        return rows
