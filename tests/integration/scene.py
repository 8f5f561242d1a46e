"""A case's scene: a database with its table and connector, the topologies, and the payments that mark an end."""

import json
import pathlib
import threading

import psycopg2

from history import FIRST_MINUTE, TABLE, History
from servers import debezium_connector, wait_until
from servers.beats import beat
from servers.follower import Follower, partitions_of
from servers.topic_reader import is_kept
from truth import watch_commit_order

PARTITIONS = 4
TOPOLOGIES = pathlib.Path(__file__).resolve().parent / "topologies"


class Servers:
    """The servers that all cases share."""

    def __init__(self, kafka, postgres, connect):
        self.kafka, self.postgres, self.connect = kafka, postgres, connect


class WatchedTable:
    """The table `transactions` of a database, a connector that watches it, its topic, and topologies that read that.

    All names begin with its own. Several connectors can watch one table: each is an object with the same `database`.
    """

    def __init__(self, name, servers, folder, database=None):
        self.name, self.servers, self.folder = name, servers, folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database = database or name
        self.source_topic = f"{name}.public.transactions"
        self.connector = f"{name}-connector"

    def create_table(self, *schemas):
        """Creates the database, and in it the table, in each of the schemas."""
        with self.servers.postgres.session("postgres") as session:
            session.execute(f'CREATE DATABASE "{self.database}"')
        for schema in schemas or ["public"]:
            with self.connection(schema) as connection, connection.cursor() as cursor:
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; {TABLE}")

    def connection(self, schema="public"):
        """A connection to the database, with transactions; `schema` is where it looks for tables."""
        return psycopg2.connect(self.servers.postgres.dsn(self.database), options=f"-c search_path={schema}")

    def start_connector(self, tables=("public.transactions",), settings=None):
        """Has Debezium watch the table; what is in it already comes as a snapshot."""
        config = debezium_connector(self.servers.postgres, tables, self.name, {
            "database.dbname": self.database, "slot.name": f"{self.name}_slot",
            "publication.name": f"{self.name}_publication",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter.schemas.enable": "true",
        } | (settings or {}))
        self.servers.connect.create_connector(self.connector, config)

    def topology(self, kind, changes=None, name=None):
        """The file of a topology of `topologies/`, with this object's name in the place of the-case.

        `changes` are texts of that topology and what stands in their place; `name` is the file's own, if not `kind`.
        """
        text = (TOPOLOGIES / f"{kind}.yaml").read_text()
        for old, new in (changes or {}).items():
            if old not in text:
                raise ValueError(f"{kind}.yaml has no {old!r}")
            text = text.replace(old, new)
        file = self.folder / f"{name or kind}.yaml"
        if not file.exists():  # instances that are starting read it
            file.write_text(text.replace("the-case", self.name))
        return file


class Scene(WatchedTable):
    """The table of one case of the integration test, with its history and its beats."""

    def __init__(self, name, servers, folder, seed):
        super().__init__(name, servers, folder)
        self.seed = seed
        self.beats = 0
        self.create_table()
        watch_commit_order(self.connection())
        servers.kafka.create_topic(self.source_topic, PARTITIONS)
        self.history = History(self.connection, seed)

    def create_output(self, kind):
        """Creates the output topic of a topology; returns its name."""
        topic = f"{self.name}-{kind}"
        self.servers.kafka.create_topic(topic, PARTITIONS)
        return topic

    def follow(self):
        """Starts a follower of all topics that the case's topologies write to and keep; instances have made them."""
        with self.servers.kafka.admin() as admin:
            topics = [topic for topic in admin.list_topics() if topic.startswith(f"{self.name}-") and is_kept(topic)]
            follower = Follower(self.servers.kafka.bootstrap, partitions_of(admin, topics))
        follower.start()
        return follower

    def beat(self):
        """Inserts a beat and returns its users: a topology that shows all their payments shows all that was before."""
        self.beats += 1
        minute = self.history.minute  # one for all: the load goes on, and with it the time
        payments = beat(self.beats, PARTITIONS, lambda name: compact({"transaction_id": name}),
                        lambda user: (user, "USD"))
        with self.connection() as connection, connection.cursor() as cursor:
            for user, names in payments:
                for name in names:
                    cursor.execute("INSERT INTO transactions (transaction_id, amount, \"timestamp\", user_id, currency)"
                                   " VALUES (%s, 1, %s, %s, 'USD')", (name, minute, user))
        return [user for user, _ in payments]

    def wait_for_beat(self, users, follower, kinds, seconds):
        """Waits until the topologies have shown every payment of a beat."""
        for kind in kinds:
            wait_until(lambda: self.shown(users, follower, kind), seconds,
                       f"all payments of {users} in {self.name}-{kind}")

    def shown(self, users, follower, kind):
        """Whether the output of the topology shows all payments of these users."""
        follower.check()
        payments = dict.fromkeys(users, 0)
        for record in follower.of_topic(f"{self.name}-{kind}"):
            user = json.loads(record.key)["user_id"]
            if user in payments and record.value is not None:
                payments[user] = json.loads(record.value)["payments"]
        return all(count == PARTITIONS for count in payments.values())


def compact(key):
    """A key as Connect writes it: JSON without spaces."""
    return json.dumps(key, separators=(",", ":")).encode()


class Load:
    """Makes the history happen in a thread of its own, bit by bit, while the test does other things."""

    def __init__(self, history, changes_per_second):
        self.history = history
        self.interval = 1 / changes_per_second
        self.stopping = threading.Event()
        self.failure = None
        self.thread = None

    def start(self):
        """Begins, or goes on."""
        self.stopping.clear()
        self.thread = threading.Thread(target=self.run, name="load", daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.stopping.wait(self.interval):
                for _ in range(2):
                    self.history.step()
            self.history.finish()
        except Exception as failure:
            self.failure = failure

    def stop(self):
        """Commits what is open and ends the thread."""
        self.stopping.set()
        self.thread.join(30)
        if self.failure:
            raise self.failure
