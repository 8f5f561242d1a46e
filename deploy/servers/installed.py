"""Where deploy/setup has put the servers and the Python client. The only module that knows."""

import os
import pathlib
import re
import sys

PINNED = pathlib.Path(__file__).resolve().parents[1] / "pinned"


class NotInstalled(Exception):
    """Something that deploy/setup installs is not there; the text says what, where, and the remedy."""


def cache_folder():
    """The folder that deploy/setup fills: TALLYMILL_CACHE, else tallymill in XDG_CACHE_HOME, else in ~/.cache."""
    if os.environ.get("TALLYMILL_CACHE"):
        return pathlib.Path(os.environ["TALLYMILL_CACHE"])
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "tallymill"


def pinned_version(name):
    """The version that deploy/pinned/NAME.xml pins."""
    return re.search(rf"<{name}\.version>(.*?)</{name}\.version>", (PINNED / f"{name}.xml").read_text())[1]


def present(path):
    """`path`, which deploy/setup makes. Raises NotInstalled if it is not there."""
    if not path.exists():
        raise NotInstalled(f"{path} does not exist; run deploy/setup")
    return path


def kafka_libraries():
    """The folder with the jars of Kafka, its tools and the Connect worker."""
    return present(cache_folder() / f"kafka-{pinned_version('kafka')}" / "lib")


def connect_plugins():
    """The folder for Connect's `plugin.path`; Debezium's PostgreSQL connector is the one plugin in it."""
    return present(cache_folder() / f"debezium-{pinned_version('debezium')}" / "plugins")


def postgres_programs():
    """The folder with PostgreSQL's own programs, which Debian keeps out of PATH."""
    return present(pathlib.Path("/usr/lib/postgresql/15/bin"))


def grafana_types():
    """The folder with Grafana's types and the TypeScript compiler, in node_modules."""
    return present(cache_folder() / "grafana_types")


def checkers():
    """The folder with the Python packages that check files, and their programs in bin."""
    return present(cache_folder() / "checkers")


def use_python_client():
    """Makes `import kafka` find the pinned client, before any other of that name."""
    folder = str(present(cache_folder() / "python"))
    if folder not in sys.path:
        sys.path.insert(0, folder)


use_python_client()
