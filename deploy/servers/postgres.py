"""A PostgreSQL 15 that writes what logical replication needs."""

import contextlib
import os
import pwd
import signal

import psycopg2

from servers import installed
from servers.ports import free_ports
from servers.process import ServerProcess, run_tool

SERVER_USER = "postgres"  # PostgreSQL refuses to run as root; Debian's package makes this user

# Nothing here outlives a test, so nothing waits for the disk. Replication is left as it is in production.
SETTINGS = {
    "wal_level": "logical",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "wal_sender_timeout": "10s",
    "log_line_prefix": "%m [%p] ",
}


class Postgres(ServerProcess):
    """A PostgreSQL server with one database, whose owner `postgres` needs no password from this machine.

    When the caller is root the user postgres must be able to reach the folder: all above it must be open to pass, as
    scratch_folder() is. `settings` are added to SETTINGS or put in their place.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # ends sessions and writes a checkpoint; SIGTERM would wait for clients to leave
    death_signal = "INT"  # SIGKILL would leave shared memory behind

    def __init__(self, folder, database="financial_db", settings=None):
        super().__init__(folder)
        (self.port,) = free_ports(1)
        self.database = database
        self.settings = SETTINGS | {"port": self.port} | (settings or {})

    @property
    def data(self):
        """The folder of the database cluster."""
        return self.folder / "data"

    def user(self):
        return SERVER_USER if os.geteuid() == 0 else None

    def prepare(self):
        super().prepare()
        if self.user():
            entry = pwd.getpwnam(SERVER_USER)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        if self.data.exists():
            return
        run_tool(self.as_server([installed.postgres_programs() / "initdb", "-D", self.data, "-U", SERVER_USER,
                                 "-A", "trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]), self.folder)
        with open(self.data / "postgresql.auto.conf", "a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in self.settings.items())

    def command(self):
        return [installed.postgres_programs() / "postgres", "-D", self.data]

    def is_ready(self):
        try:
            psycopg2.connect(self.dsn("postgres")).close()
            return True
        except psycopg2.OperationalError:
            return False

    def after_ready(self):
        with self.session("postgres") as session:
            session.execute("SELECT 1 FROM pg_database WHERE datname = %s", (self.database,))
            if not session.fetchone():
                session.execute(f'CREATE DATABASE "{self.database}"')

    def dsn(self, database=None):
        """The connection string for psycopg2."""
        return f"host=127.0.0.1 port={self.port} user={SERVER_USER} dbname={database or self.database}"

    @contextlib.contextmanager
    def session(self, database=None):
        """A cursor whose statements are transactions of their own; closed with its connection at the end."""
        connection = psycopg2.connect(self.dsn(database))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def execute(self, *statements):
        """Runs each statement as a transaction of its own."""
        with self.session() as session:
            for statement in statements:
                session.execute(statement)

    def rows(self, query, parameters=()):
        """The rows of a query, as tuples."""
        with self.session() as session:
            session.execute(query, parameters)
            return session.fetchall()
