"""A Kafka broker and controller in one process, without a ZooKeeper (KRaft)."""

import base64
import uuid

from servers import installed  # before `kafka`, which it makes importable
from servers.ports import free_ports
from servers.process import ServerProcess, run_tool, wait_until

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError

# A test wants members and transactions that died to be noticed fast, and no wait that a broker in production makes
# for the sake of many members.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "broker.session.timeout.ms": "3000",  # how long a killed broker that comes back is taken for its dead predecessor
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "group.consumer.min.session.timeout.ms": "3000",
    "group.consumer.session.timeout.ms": "6000",
    "group.consumer.min.heartbeat.interval.ms": "500",
    "group.consumer.heartbeat.interval.ms": "1000",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
}


# A test's server lives for a minute, half of which it would spend on compiling itself thoroughly.
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def java(class_name, *arguments, heap_megabytes=256, log_level="warn", options=QUICK_START):
    """The command line of a Java program of Kafka's. What runs for long, or is measured, has no `options`."""
    heap = f"{heap_megabytes}m"
    return ["java", f"-Xms{heap}", f"-Xmx{heap}", *options,
            f"-Dorg.slf4j.simpleLogger.defaultLogLevel={log_level}", "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
            "-cp", f"{installed.kafka_libraries()}/*", class_name, *map(str, arguments)]


def write_properties(file, properties):
    """Writes a Java properties file. Values are taken as they are; none of ours needs escaping."""
    file.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))


def cluster_id():
    """A new cluster id: 16 random bytes in base64 for URLs. One that begins with a dash looks like an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


class Kafka(ServerProcess):
    """One node that is broker and controller. Clients connect to `bootstrap`.

    `settings` are broker properties, added to SETTINGS or put in their place. When start() returns, the coordinators
    of groups and transactions are loaded, so that the first client does not wait for them.
    """

    name = "kafka"

    def __init__(self, folder, settings=None, heap_megabytes=256, java_options=QUICK_START):
        super().__init__(folder)
        self.port, self.controller_port = free_ports(2)
        self.java_options = java_options
        self.heap_megabytes = heap_megabytes
        self.settings = SETTINGS | {
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{self.controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "log.dirs": self.folder / "data",
        } | (settings or {})

    @property
    def bootstrap(self):
        """The value for clients' `bootstrap.servers`."""
        return f"127.0.0.1:{self.port}"

    def prepare(self):
        super().prepare()
        properties = self.folder / "server.properties"
        write_properties(properties, self.settings)
        if (self.folder / "data/meta.properties").exists():
            return
        run_tool(java("kafka.tools.StorageTool", "format", "--standalone", "-t", cluster_id(), "-c", properties),
                 self.folder)

    def command(self):
        return java("kafka.Kafka", self.folder / "server.properties", heap_megabytes=self.heap_megabytes,
                    options=self.java_options)

    def is_ready(self):
        try:
            with self.admin(bootstrap_timeout_ms=2000) as admin:
                return bool(admin.describe_cluster()["brokers"])
        except (KafkaError, OSError):
            return False

    def after_ready(self):
        """Has the broker make and load __transaction_state and __consumer_offsets."""
        with KafkaProducer(bootstrap_servers=self.bootstrap, transactional_id="warm-up") as producer:
            producer.init_transactions()
        with self.admin() as admin:
            wait_until(lambda: self.offsets_answer(admin), 30, "an answer of the group coordinator")

    @staticmethod
    def offsets_answer(admin):
        """Whether the coordinator of some group knows the group's offsets."""
        try:
            admin.list_group_offsets({"warm-up": None})
            return True
        except KafkaError:
            return False

    def admin(self, **options):
        """An admin client of the independent Python library; a context manager."""
        return KafkaAdminClient(bootstrap_servers=self.bootstrap, **options)

    def create_topic(self, name, partitions=4, config=None):
        """Creates a topic and waits until its partitions have leaders."""
        with self.admin() as admin:
            admin.create_topics([NewTopic(name, num_partitions=partitions, replication_factor=1,
                                          topic_configs=config or {})])
            admin.wait_for_topics([name])

    def produce(self, topic, records):
        """Writes (partition, key, value) with bytes or None, and returns once the broker has all of them."""
        with KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5) as producer:
            sent = [producer.send(topic, partition=partition, key=key, value=value)
                    for partition, key, value in records]
            for future in sent:
                future.get(timeout=30)
