"""The parts of the scene as running processes: PostgreSQL, Kafka, Connect with Debezium, Tallymill, Prometheus."""

import json
import pathlib
import time

from servers import Connect, ConnectError, Instance, Kafka, Postgres, Prometheus, ServerError, read_topic, wait_until
from servers.follower import partitions_of
from servers.ports import free_ports

from demo_parts import outputs

DEPLOY = pathlib.Path(__file__).resolve().parents[1]
SCENE = DEPLOY / "scene"
TOPOLOGIES = DEPLOY / "topologies"
ALERTS = DEPLOY.parent / "grafana/prometheus/alerts.yml"

DATABASE = "financial_db"
SOURCE = "cdc.public.transactions"
PARTITIONS = 4
CONNECTOR = "financial_connector"  # as connector.json calls it
USER, PASSWORD = "postgres", "postgres"  # the server trusts this machine; the connector wants a password all the same

# Two of one group, and one of another topology: (name, topology file).
INSTANCES = (("tallymill-1", "spend_per_user.yaml"), ("tallymill-2", "spend_per_user.yaml"),
             ("tallymill-late", "spend_per_merchant.yaml"))


class SceneConnect(Connect):
    """A worker that fills the connector's ${env:..} from its environment, as the containers' does."""

    def __init__(self, folder, kafka, postgres):
        super().__init__(folder, kafka, with_schemas=True, settings={
            "config.providers": "env",
            "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
        })
        self.postgres = postgres

    def environment(self):
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.postgres.port), "PGUSER": USER, "PGPASSWORD": PASSWORD}


class SceneInstance(Instance):
    """An instance with the scene's engine file. Its addresses stay the same over restarts."""

    def __init__(self, folder, binary, topology, kafka):
        super().__init__(folder, binary, TOPOLOGIES / topology, kafka.bootstrap, config=SCENE / "engine.yaml")
        self.settings = {}
        self.kafka = kafka
        self.peers = []  # the addresses of the other instances' pages, which its own shows too
        self.http_port, self.admin_port = free_ports(2)

    @property
    def console(self):
        """Where its page is."""
        return f"http://127.0.0.1:{self.admin_port}/console"

    def environment(self):
        return {"KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap, "STATE_DIRECTORY": str(self.folder / "state"),
                "HTTP_ADDRESS": f"127.0.0.1:{self.http_port}", "ADMIN_ADDRESS": f"127.0.0.1:{self.admin_port}"} | (
                    {"TALLYMILL_ADMIN__PEERS": ",".join(self.peers)} if self.peers else {})


class Stage:
    """All parts. start() starts them in order and says so; stop() ends those that run, in the opposite order."""

    def __init__(self, folder, binary, say):
        self.folder, self.say = folder, say
        self.postgres = Postgres(folder / "postgres", DATABASE)
        self.kafka = Kafka(folder / "kafka")
        self.connect = SceneConnect(folder / "connect", self.kafka, self.postgres)
        self.instances = [SceneInstance(folder / name, binary, topology, self.kafka) for name, topology in INSTANCES]
        for each in self.instances:
            each.peers = [f"127.0.0.1:{other.admin_port}" for other in self.instances
                          if other is not each and other.topology == each.topology]
        self.prometheus = Prometheus(folder / "prometheus", [f"127.0.0.1:{each.http_port}" for each in self.instances],
                                     rules=ALERTS if ALERTS.exists() else None)

    @property
    def parts(self):
        return [self.postgres, self.kafka, self.connect, *self.instances, self.prometheus]

    @property
    def dsn(self):
        """For psycopg2."""
        return self.postgres.dsn(DATABASE)

    def start(self, with_audit, prepare_table):
        """Starts everything; `prepare_table()` is called once the table is there and nobody watches it yet."""
        self.step("PostgreSQL", self.postgres.start, lambda: f"port {self.postgres.port}")
        scripts = ["transactions.sql"] + (["audit.sql"] if with_audit else [])
        self.step(f"table ({', '.join(scripts)})", lambda: self.make_table(scripts, prepare_table))
        self.step("Kafka", self.kafka.start, lambda: f"port {self.kafka.port}")
        self.step("Connect", self.connect.start, lambda: f"port {self.connect.port}")
        self.step("financial_connector", self.post_connector, lambda: f"captures public.transactions into {SOURCE}")
        for instance in self.instances:
            self.step(instance.name, instance.start, lambda instance=instance: f"{instance.topology.name}, process "
                                                                               f"{instance.pid}")
        for instance in self.instances:
            instance.wait_for_log("partitions were assigned", 60)
        self.step("Prometheus", self.prometheus.start, lambda: self.prometheus.url)

    def step(self, name, action, result=lambda: ""):
        """One part's start, with its time."""
        began = time.monotonic()
        action()
        self.say(f"  {name:<40} {time.monotonic() - began:5.1f} s  {result()}")

    def make_table(self, scripts, prepare_table):
        for script in scripts:
            self.postgres.execute((SCENE / script).read_text())
        prepare_table()

    def post_connector(self):
        connector = json.loads((SCENE / "connector.json").read_text())
        self.connect.request("POST", "/connectors", connector)
        self.connect.wait_until_running(CONNECTOR)
        wait_until(self.source_has_records, 60, f"the first record in {SOURCE}")

    def check_connector(self):
        """Raises ServerError if the connector or its task failed, which Connect's process survives."""
        try:
            self.connect.is_running(CONNECTOR)
        except ConnectError as error:
            if error.status == 200:  # Connect is well, and says that the connector is not
                raise ServerError(str(error)) from error
        except OSError:
            pass  # a slow answer; that Connect has ended is seen elsewhere

    def source_has_records(self):
        with self.kafka.admin() as admin:
            if SOURCE not in admin.list_topics():
                return False
        return bool(read_topic(self.kafka.bootstrap, SOURCE))

    def source_key(self):
        """A function from a transaction id to the key (bytes) of its change records, learnt from a record."""
        record = read_topic(self.kafka.bootstrap, SOURCE)[0]
        name = json.loads(record.key)["payload"]["transaction_id"]
        before, after = record.key.split(json.dumps(name).encode())
        return lambda transaction_id: before + json.dumps(transaction_id).encode() + after

    def output_partitions(self):
        """Every partition of what the topologies write for readers."""
        with self.kafka.admin() as admin:
            return partitions_of(admin, outputs.TOPICS)

    def stop(self):
        """Ends everything that runs; never raises."""
        for part in reversed(self.parts):
            try:
                part.stop()
            except Exception as error:  # the others have to end too
                self.say(f"  {part.name} did not end well: {error}")
