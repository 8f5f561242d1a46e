"""A Prometheus server that scrapes what a test tells it."""

import json
import urllib.error
import urllib.parse
import urllib.request

from servers.ports import free_ports
from servers.process import ServerProcess

REQUEST_SECONDS = 10


class Prometheus(ServerProcess):
    """Scrapes `targets`, a list of "host:port", every second as job `tallymill`. `rule_files` are paths."""

    name = "prometheus"

    def __init__(self, folder, targets, rule_files=()):
        super().__init__(folder)
        (self.port,) = free_ports(1)
        self.config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(path) for path in rule_files],
            "scrape_configs": [{"job_name": "tallymill", "static_configs": [{"targets": list(targets)}]}],
        }

    @property
    def url(self):
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def prepare(self):
        super().prepare()
        (self.folder / "prometheus.yml").write_text(json.dumps(self.config, indent=2))  # every JSON is YAML

    def command(self):
        return ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
                f"--web.listen-address=127.0.0.1:{self.port}"]

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=REQUEST_SECONDS) as response:
                return response.status == 200
        except OSError:
            return False

    def query(self, expression):
        """What an instant query returns: a list of (labels, value), the value as the text that Prometheus sent."""
        address = f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        with urllib.request.urlopen(address, timeout=REQUEST_SECONDS) as response:
            data = json.load(response)["data"]
        if data["resultType"] == "scalar":
            return [({}, data["result"][1])]
        return [(series["metric"], series["value"][1]) for series in data["result"]]
