#!/usr/bin/env python3
"""Runs the tests of the Kafka adapter against brokers that it starts, and stops, itself.

usage: kafka_adapter_test.py TEST_BINARY [GOOGLETEST_OPTION...]

Exit codes: the test binary's own; 1 if a broker does not start, 2 wrong usage.
"""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))

from cutting_proxy import CuttingProxy
from servers import Kafka, ServerError
from servers.ports import free_ports


def kafka_behind_proxy(folder, port, proxy_port):
    """A broker with a second listener, which it advertises at the proxy's port."""
    kafka = Kafka(folder)
    for key, listener in (("listeners", port), ("advertised.listeners", proxy_port)):
        kafka.settings[key] += f",PROXIED://127.0.0.1:{listener}"
    kafka.settings["listener.security.protocol.map"] += ",PROXIED:PLAINTEXT"
    return kafka


def classic_kafka(folder, login_port, lost_port):
    """A broker without KIP-848 and with two listeners more: one on which the user `stranger` may log in and do nothing,
    and one that is advertised at a port where nobody listens."""
    kafka = Kafka(folder)
    kafka.settings["listeners"] += f",LOGIN://127.0.0.1:{login_port},LOST://127.0.0.1:{lost_port}"
    kafka.settings["advertised.listeners"] += f",LOGIN://127.0.0.1:{login_port},LOST://127.0.0.1:1"
    kafka.settings["listener.security.protocol.map"] += ",LOGIN:SASL_PLAINTEXT,LOST:PLAINTEXT"
    kafka.settings |= {
        "group.coordinator.rebalance.protocols": "classic",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.login.plain.sasl.jaas.config":
            'org.apache.kafka.common.security.plain.PlainLoginModule required user_stranger="stranger-secret";',
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    return kafka


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        try:
            behind, login_port, lost_port = free_ports(3)
            proxy = running.enter_context(CuttingProxy(behind))
            kafka = running.enter_context(kafka_behind_proxy(f"{folder}/kafka", behind, proxy.port))
            classic = running.enter_context(classic_kafka(f"{folder}/classic", login_port, lost_port))
        except ServerError as error:
            print(error, file=sys.stderr)
            return 1
        environment = os.environ | {"TALLYMILL_TEST_BOOTSTRAP": kafka.bootstrap,
                                    "TALLYMILL_TEST_CLASSIC_BOOTSTRAP": classic.bootstrap,
                                    "TALLYMILL_TEST_SECURED_BOOTSTRAP": f"127.0.0.1:{login_port}",
                                    "TALLYMILL_TEST_MISADVERTISED_BOOTSTRAP": f"127.0.0.1:{lost_port}",
                                    "TALLYMILL_TEST_CUT_BOOTSTRAP": f"127.0.0.1:{proxy.port}"}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
