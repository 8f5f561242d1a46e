#!/usr/bin/env python3
"""Runs the tests of the Kafka adapter against brokers that it starts, and stops, itself.

usage: kafka_adapter_test.py TEST_BINARY [GOOGLETEST_OPTION...]

Exit codes: the test binary's own; 1 if a broker does not start, 2 wrong usage.
"""

import contextlib
import os
import subprocess
import sys
import tempfile

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


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        try:
            behind, = free_ports(1)
            proxy = running.enter_context(CuttingProxy(behind))
            kafka = running.enter_context(kafka_behind_proxy(f"{folder}/kafka", behind, proxy.port))
            # One that does not offer KIP-848, for the fall back to the classic protocol.
            classic = running.enter_context(Kafka(
                f"{folder}/classic", settings={"group.coordinator.rebalance.protocols": "classic"}))
        except ServerError as error:
            print(error, file=sys.stderr)
            return 1
        environment = os.environ | {"TALLYMILL_TEST_BOOTSTRAP": kafka.bootstrap,
                                    "TALLYMILL_TEST_CLASSIC_BOOTSTRAP": classic.bootstrap,
                                    "TALLYMILL_TEST_CUT_BOOTSTRAP": f"127.0.0.1:{proxy.port}"}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
