"""Real servers for tests and for the demo.

Each is an object that starts one process on free ports in a folder of its own, waits until it answers, and ends it
by its process id. All are context managers. None outlives the Python process that started it.
"""

from servers.kafka import Kafka
from servers.process import ServerError, ServerProcess, wait_until
from servers.topic_reader import Record, ReadError, read_topic, read_topics

__all__ = [
    "Kafka", "ReadError", "Record", "ServerError", "ServerProcess",
    "read_topic", "read_topics", "wait_until",
]
