#!/usr/bin/python3
"""The rights that deploy/README.md lists, on a real broker with an authorizer.

With all of them an instance works and is refused nothing; without any one of them it says which.

usage: rights_test.py TALLYMILL
"""

import json
import pathlib
import re
import shlex
import sys
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "deploy"))

from servers import Instance, Kafka, read_topic, scratch_folder, wait_until
from servers.kafka import java
from servers.ports import free_ports
from servers.process import run_tool

GUIDE = PROJECT / "deploy/README.md"
TOPOLOGY = PROJECT / "deploy/topologies/spend_per_user.yaml"
SOURCE, OUTPUT = "cdc.public.transactions", "spend-per-user"
PASSWORD = "secret of the test"
REFUSED = "the brokers refuse access to"


def listed_rights():
    """The arguments of each kafka-acls.sh line of the guide, less --add."""
    return [shlex.split(line)[2:] for line in re.findall(r"^ *kafka-acls\.sh --add .*$", GUIDE.read_text(), re.M)]


def broker_with_authorizer(folder):
    """A broker whose second listener wants a password; whoever comes through the first may do everything."""
    kafka = Kafka(folder, settings={"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                                    "super.users": "User:ANONYMOUS", "sasl.enabled.mechanisms": "PLAIN",
                                    "listener.name.login.plain.sasl.jaas.config":
                                        "org.apache.kafka.common.security.plain.PlainLoginModule required "
                                        f'user_tallymill="{PASSWORD}";'})
    kafka.login_port, = free_ports(1)
    for name in ("listeners", "advertised.listeners"):
        kafka.settings[name] += f",LOGIN://127.0.0.1:{kafka.login_port}"
    kafka.settings["listener.security.protocol.map"] += ",LOGIN:SASL_PLAINTEXT"
    return kafka


class Member(Instance):
    """An instance that logs in as the principal of the guide, with its password out of a file."""

    def __init__(self, folder, binary, login_port):
        config = folder.with_suffix(".yaml")
        secret = folder.with_suffix(".secret")
        secret.write_text(PASSWORD + "\n")
        config.write_text(f"secrets:\n  directories: [{folder.parent}]\nkafka:\n  security.protocol: SASL_PLAINTEXT\n"
                          f"  sasl.mechanism: PLAIN\n  sasl.username: tallymill\n  sasl.password: ${{file:{secret}}}\n")
        super().__init__(folder, binary, TOPOLOGY, f"127.0.0.1:{login_port}", config=config)


def envelope(number):
    """(partition, key, value) of an insert."""
    row = {"transaction_id": f"t{number}", "user_id": "ann", "currency": "USD", "amount": "1.25",
           "timestamp": "2026-01-01T00:00:00Z"}
    value = {"op": "c", "after": row, "source": {"lsn": number, "ts_ms": 1767225600000}}
    return number % 4, json.dumps({"transaction_id": row["transaction_id"]}).encode(), json.dumps(value).encode()


class RightsTest(unittest.TestCase):
    """One broker; the tests are in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(scratch_folder()))
        cls.kafka = cls.enterClassContext(broker_with_authorizer(cls.folder / "kafka"))
        cls.kafka.create_topic(SOURCE)
        cls.produced = 0
        for right in listed_rights():
            cls.change("--add", right)

    @classmethod
    def change(cls, how, right):
        """Grants or takes away a line of the guide."""
        run_tool(java("org.apache.kafka.tools.AclCommand", "--bootstrap-server", cls.kafka.bootstrap, how, *right),
                 cls.folder)

    def member(self, name):
        return Member(self.folder / name, sys.argv[1], self.kafka.login_port)

    def produce(self):
        """A hundred payments more."""
        cls = type(self)
        self.kafka.produce(SOURCE, [envelope(number) for number in range(cls.produced, cls.produced + 100)])
        cls.produced += 100

    def is_counted(self):
        values = [json.loads(record.value) for record in read_topic(self.kafka.bootstrap, OUTPUT) if record.value]
        return bool(values) and values[-1]["payments"] == self.produced

    def test_1_with_all_it_works_and_is_refused_nothing(self):
        self.produce()
        with self.member("all") as member:
            member.wait_for_log("partitions were assigned", 60)
            wait_until(self.is_counted, 60, "the payments in the output", interval_seconds=0.2)
            wait_until(self.has_deleted_what_was_processed, 30, "records deleted from a repartition topic")
            member.leave()
        self.assertNotIn(REFUSED, member.log())
        self.assertNotIn(PASSWORD, member.log())

    def has_deleted_what_was_processed(self):
        with self.kafka.admin() as admin:
            topic, = (name for name in admin.list_topics() if name.endswith(".repartition"))
        return len(list(read_topic(self.kafka.bootstrap, topic))) == 0

    def test_2_without_any_one_it_says_which(self):
        for number, right in enumerate(listed_rights()):
            resource = right[right.index("--operation") + 2 * right.count("--operation") + 1]
            with self.subTest(right=" ".join(right)):
                self.change("--remove", ["--force", *right])
                self.produce()
                with self.member(f"without-{number}") as member:
                    wait_until(lambda: REFUSED in member.log() or not member.pid, 60, f"a word about {resource}")
                    said = member.log()
                self.assertIn(REFUSED, said)
                self.assertIn(resource, said.split(REFUSED, 1)[1].splitlines()[0])
                self.change("--add", right)

    def test_3_the_guide_lists_some(self):
        self.assertEqual(5, len(listed_rights()))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], warnings="ignore")
