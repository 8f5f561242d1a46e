"""Real servers for tests and for the demo: Kafka, PostgreSQL, Connect with Debezium, Prometheus, Tallymill.

Each is an object that starts one process on free ports in a folder of its own, waits until it answers, and ends it
by its process id. All are context managers. None outlives the Python process that started it.
"""

from servers.connect import Connect, ConnectError, debezium_connector
from servers.instance import Instance
from servers.kafka import Kafka
from servers.kafka_cluster import KafkaCluster
from servers.postgres import Postgres
from servers.process import ServerError, ServerProcess, processes_in, scratch_folder, wait_until
from servers.prometheus import Prometheus
from servers.topic_reader import Record, ReadError, read_topic, read_topics

__all__ = [
    "Connect", "ConnectError", "Instance", "Kafka", "KafkaCluster", "Postgres", "Prometheus", "ReadError", "Record",
    "ServerError", "ServerProcess", "debezium_connector", "processes_in", "read_topic", "read_topics",
    "scratch_folder", "wait_until",
]
