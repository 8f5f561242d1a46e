"""A TCP proxy before a Kafka broker that cuts connections at the worst moment for a commit."""

import select
import socket
import struct
import threading

END_TXN = 26  # https://kafka.apache.org/protocol#protocol_api_keys


class CuttingProxy(threading.Thread):
    """Passes everything on, and cuts the connection behind the first of every three EndTxn: the broker gets the
    request, and the client never hears the answer, connects anew and sends it again.

    Listens from its construction on, at `port` of the loopback interface. A context manager.
    """

    def __init__(self, broker_port):
        super().__init__(daemon=True)
        self.broker_port = broker_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.end_requests = 0
        self.lock = threading.Lock()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:  # closed: the end
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        """Passes one connection on until either side ends it, or it is cut."""
        try:
            with client, socket.create_connection(("127.0.0.1", self.broker_port)) as broker:
                received = b""
                while True:
                    readable, _, _ = select.select([client, broker], [], [])
                    if broker in readable:
                        answer = broker.recv(65536)
                        if not answer:
                            return
                        client.sendall(answer)
                    if client in readable:
                        part = client.recv(65536)
                        if not part:
                            return
                        received += part
                        received, must_cut = self.pass_requests(received, broker)
                        if must_cut:
                            broker.recv(65536)  # the answer is there: the broker has ended the transaction
                            return
        except OSError:
            return

    def pass_requests(self, received, broker):
        """Sends the whole requests in `received`; returns what is left, and whether to cut now."""
        while len(received) >= 6:
            size, api_key = struct.unpack_from(">ih", received)
            if len(received) < 4 + size:
                break
            broker.sendall(received[:4 + size])
            received = received[4 + size:]
            if api_key == END_TXN:
                with self.lock:
                    self.end_requests += 1
                    if self.end_requests % 3 == 1:
                        return received, True
        return received, False
