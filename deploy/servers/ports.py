"""Free TCP ports."""

import random
import socket

# Below the range from which Linux takes ports for outgoing connections (net.ipv4.ip_local_port_range, 32768 and up):
# a port from that range could be taken by anybody's connection while the server that owns it restarts.
PORTS = range(15_000, 32_000)


def is_free(port):
    """Whether nobody listens on the port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a connection that lingers is no listener
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_ports(count):
    """`count` different ports on which nobody listens now, chosen at random so that tests at once do not meet."""
    ports = []
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        if is_free(port):
            ports.append(port)
        if len(ports) == count:
            return ports
    raise OSError(f"fewer than {count} free ports in {PORTS}")
