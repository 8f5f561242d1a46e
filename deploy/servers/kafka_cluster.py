"""Three Kafka brokers that replicate, as Kafka is meant to be run: factor 3, two in sync or nothing is taken."""

import pathlib

from servers.kafka import Kafka, cluster_id, java, write_properties
from servers.process import ServerProcess, run_tool, wait_until

from kafka.admin import NewTopic
from kafka.errors import KafkaError

BROKERS = 3
SETTINGS = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
    "controlled.shutdown.enable": "true",
    # A partition goes back to its preferred leader within seconds of that broker's return, as leaders do in the minutes
    # after a rolling restart.
    "leader.imbalance.check.interval.seconds": "5",
}
# Any 16 bytes in base64, one per node: KRaft wants to tell directories apart.
DIRECTORY_IDS = {1: "AAAAAAAAQUGAAAAAAAAAAQ", 2: "AAAAAAAAQUGAAAAAAAAAAg", 3: "AAAAAAAAQUGAAAAAAAAAAw"}


class ClusterNode(Kafka):
    """One of the three; broker and controller. Started by its cluster, then killed and started by anybody."""

    def __init__(self, folder, node_id, settings, heap_megabytes):
        super().__init__(folder, SETTINGS | {"node.id": str(node_id)} | settings, heap_megabytes)
        self.node_id = node_id
        self.initial_controllers = None  # set by the cluster, as is the id
        self.cluster_id = None

    @property
    def controller(self):
        """As StorageTool wants it."""
        return f"{self.node_id}@127.0.0.1:{self.controller_port}:{DIRECTORY_IDS[self.node_id]}"

    def prepare(self):
        ServerProcess.prepare(self)
        properties = self.folder / "server.properties"
        write_properties(properties, self.settings)
        run_tool(java("kafka.tools.StorageTool", "format", "-t", self.cluster_id, "-c", properties,
                      "--initial-controllers", self.initial_controllers), self.folder)

    def after_ready(self):
        """Coordinators are warmed up once, by the cluster."""


class KafkaCluster:
    """Three nodes; a context manager. Clients connect to `bootstrap`, which names all of them."""

    def __init__(self, folder, settings=None, heap_megabytes=256):
        folder = pathlib.Path(folder)
        self.nodes = {number: ClusterNode(folder / f"node-{number}", number, settings or {}, heap_megabytes)
                      for number in range(1, BROKERS + 1)}
        identity = cluster_id()
        for node in self.nodes.values():
            node.cluster_id = identity
            node.initial_controllers = ",".join(each.controller for each in self.nodes.values())
            node.settings["controller.quorum.bootstrap.servers"] = ",".join(
                f"127.0.0.1:{each.controller_port}" for each in self.nodes.values())

    @property
    def bootstrap(self):
        """The value for clients' `bootstrap.servers`."""
        return ",".join(node.bootstrap for node in self.nodes.values())

    def __enter__(self):
        for node in self.nodes.values():  # none is ready before two are there
            node.launch()
        for node in self.nodes.values():
            node.await_ready()
        wait_until(self.all_registered, 60, "three registered brokers")
        Kafka.after_ready(self)
        return self

    def __exit__(self, *_):
        for node in self.nodes.values():
            node.kill()

    def all_registered(self):
        """Whether every node takes part as a broker."""
        try:
            with self.admin() as admin:
                return len(admin.describe_cluster()["brokers"]) == BROKERS
        except (KafkaError, OSError):
            return False

    def admin(self, **options):
        """An admin client of the independent Python library; a context manager."""
        return next(node for node in self.nodes.values() if node.pid).admin(**options)

    offsets_answer = staticmethod(Kafka.offsets_answer)

    def create_topic(self, name, partitions=4, config=None):
        """Creates a topic on all three and waits until its partitions have leaders."""
        with self.admin() as admin:
            admin.create_topics([NewTopic(name, num_partitions=partitions, replication_factor=BROKERS,
                                          topic_configs=config or {})])
            admin.wait_for_topics([name])

    def leaders(self, topic):
        """{partition: node id} of those that have one."""
        with self.admin() as admin:
            (described,) = admin.describe_topics([topic])
        return {each["partition_index"]: each["leader_id"] for each in described["partitions"] if each["leader_id"] > 0}

    def group_coordinator(self, group):
        """The node that leads the partition of __consumer_offsets in which the group is."""
        partitions = int(next(iter(self.nodes.values())).settings["offsets.topic.num.partitions"])
        return self.nodes[self.leaders("__consumer_offsets")[java_hash(group) % partitions]]


def java_hash(text):
    """String.hashCode() without its sign, by which Kafka finds the partition of a group."""
    value = 0
    for character in text:
        value = (31 * value + ord(character)) & 0xFFFFFFFF
    return value & 0x7FFFFFFF
