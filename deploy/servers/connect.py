"""A Kafka Connect worker, and the configuration of Debezium's PostgreSQL connector."""

import json
import urllib.error
import urllib.request

from servers import installed
from servers.kafka import QUICK_START, java, write_properties
from servers.ports import free_ports
from servers.process import ServerProcess, wait_until

REQUEST_SECONDS = 15


class ConnectError(Exception):
    """Connect refused a request; `status` is the HTTP status."""

    def __init__(self, status, text):
        super().__init__(f"Connect answered {status}: {text}")
        self.status = status


class Connect(ServerProcess):
    """A distributed worker that is a group of its own. Connectors and their offsets live in Kafka: they outlast it.

    `kafka` is a servers.Kafka. Records are JSON; `with_schemas` embeds each record's schema, which is Connect's own
    default. `settings` are worker properties, added to those here or put in their place.
    """

    name = "connect"

    def __init__(self, folder, kafka, with_schemas=False, settings=None, heap_megabytes=256,
                 java_options=QUICK_START):
        super().__init__(folder)
        (self.port,) = free_ports(1)
        self.java_options = java_options
        self.heap_megabytes = heap_megabytes
        schemas = "true" if with_schemas else "false"
        self.settings = {
            "bootstrap.servers": kafka.bootstrap,
            "group.id": "connect",
            "listeners": f"http://127.0.0.1:{self.port}",
            "plugin.path": installed.connect_plugins(),
            "plugin.discovery": "service_load",  # without it the worker looks into every class of every jar
            "config.storage.topic": "connect-config",
            "offset.storage.topic": "connect-offset",
            "status.storage.topic": "connect-status",
            "config.storage.replication.factor": "1",
            "offset.storage.replication.factor": "1",
            "status.storage.replication.factor": "1",
            "offset.storage.partitions": "1",
            "status.storage.partitions": "1",
            "offset.flush.interval.ms": "1000",
            "key.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "key.converter.schemas.enable": schemas,
            "value.converter.schemas.enable": schemas,
            # A worker that was killed is missed soon, and its connectors start again at once.
            "session.timeout.ms": "6000",
            "heartbeat.interval.ms": "1000",
            "scheduled.rebalance.max.delay.ms": "0",
        } | (settings or {})

    def prepare(self):
        super().prepare()
        write_properties(self.folder / "connect.properties", self.settings)

    def command(self):
        return java("org.apache.kafka.connect.cli.ConnectDistributed", self.folder / "connect.properties",
                    heap_megabytes=self.heap_megabytes, options=self.java_options)

    def is_ready(self):
        """Whether the worker has joined its group: only then it answers what connectors there are."""
        try:
            self.request("GET", "/connectors")
            return True
        except (ConnectError, OSError):
            return False

    def request(self, method, path, body=None):
        """The answer of Connect's REST interface, decoded. Raises ConnectError."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            raise ConnectError(error.code, error.read().decode(errors="replace")) from error
        return json.loads(text) if text else None

    def create_connector(self, name, config, seconds=60):
        """Creates the connector, or changes it if it exists, and waits until it and its tasks run."""
        self.request("PUT", f"/connectors/{name}/config", config)
        self.wait_until_running(name, seconds)

    def wait_until_running(self, name, seconds=60):
        """Waits until the connector and at least one task of it run, all of its tasks. ConnectError if one failed."""
        wait_until(lambda: self.is_running(name), seconds, f"connector {name} in the state RUNNING")

    def is_running(self, name):
        """Whether the connector and its tasks run. Raises ConnectError with Connect's own trace if one failed."""
        try:
            status = self.request("GET", f"/connectors/{name}/status")
        except ConnectError as error:
            if error.status in (404, 409):  # not known yet; a rebalance is under way
                return False
            raise
        parts = [status["connector"], *status["tasks"]]
        for part in parts:
            if part["state"] == "FAILED":
                raise ConnectError(200, f"connector {name} failed: {part.get('trace', '')}")
        here = f"127.0.0.1:{self.port}"
        return len(parts) > 1 and all(part["state"] == "RUNNING" and part["worker_id"] == here for part in parts)

    def offsets(self, name):
        """How far the connector is, as Connect has stored it: what it goes on from after a crash. Empty at first."""
        return [entry["offset"] for entry in self.request("GET", f"/connectors/{name}/offsets")["offsets"]]

    def delete_connector(self, name):
        """Deletes the connector; its offsets stay."""
        self.request("DELETE", f"/connectors/{name}")


def debezium_connector(postgres, tables, topic_prefix="cdc", settings=None):
    """The configuration of Debezium's connector for `tables`, such as "public.transactions", of a servers.Postgres.

    The topic of that table is `cdc.public.transactions`, with four partitions. `settings` are added to the
    configuration or put in their place.
    """
    return {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "tasks.max": "1",
        "plugin.name": "pgoutput",
        "publication.autocreate.mode": "filtered",
        "database.hostname": "127.0.0.1",
        "database.port": str(postgres.port),
        "database.user": "postgres",
        "database.dbname": postgres.database,
        "topic.prefix": topic_prefix,
        "table.include.list": ",".join(tables),
        "topic.creation.enable": "true",
        "topic.creation.default.partitions": "4",
        "topic.creation.default.replication.factor": "1",
        "poll.interval.ms": "50",
        "errors.max.retries": "10",
        "retriable.restart.connector.wait.ms": "500",
    } | (settings or {})
