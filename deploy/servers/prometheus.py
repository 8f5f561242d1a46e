"""A Prometheus server over the scene's configuration."""

import json
import pathlib
import shutil
import urllib.error
import urllib.parse
import urllib.request

from servers.ports import free_ports
from servers.process import ServerProcess

REQUEST_SECONDS = 10
CONFIGURATION = pathlib.Path(__file__).resolve().parents[1] / "scene/prometheus.yml"


class Prometheus(ServerProcess):
    """Scrapes `targets`, a list of "host:port", as deploy/scene/prometheus.yml says; `rules` are alert rules' file."""

    name = "prometheus"

    def __init__(self, folder, targets, rules=None):
        super().__init__(folder)
        (self.port,) = free_ports(1)
        self.targets, self.rules = list(targets), rules

    @property
    def url(self):
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def prepare(self):
        super().prepare()
        shutil.copy(CONFIGURATION, self.folder)
        (self.folder / "targets").mkdir(exist_ok=True)
        (self.folder / "targets/tallymill.json").write_text(json.dumps([{"targets": self.targets}]))
        (self.folder / "alerts.yml").write_text(self.rules.read_text() if self.rules else "groups: []\n")

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
