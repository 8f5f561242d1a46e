#!/usr/bin/python3
"""Builds deploy/Dockerfile without a Docker engine, and runs the image: results, rights, health, end.

usage: image_test.py

Needs root: it builds in a chroot. The base image is made with debootstrap, since no registry of images is asked; layers
are kept in the cache folder, so that a second run builds only what has changed.
"""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "deploy"))

from servers import Kafka, ServerProcess, read_topic, scratch_folder, wait_until
from servers.installed import cache_folder
from servers.ports import free_ports

BASE = "docker.io/library/debian:bookworm-slim"
IMAGE = "localhost/tallymill:test"
STORE = cache_folder() / "containers"
STORAGE = ["--storage-driver", "overlay", "--root", str(STORE / "storage"), "--runroot", str(STORE / "run")]
PODMAN = ["podman", *STORAGE, "--cgroup-manager", "cgroupfs", "--runtime", "runc"]
USER = 10001

TOPOLOGY = PROJECT / "deploy/topologies/spend_per_user.yaml"
SOURCE, OUTPUT = "cdc.public.transactions", "spend-per-user"


def run(*command, seconds=900):
    """What the command writes. Raises AssertionError with all of it if it fails."""
    ended = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           timeout=seconds, check=False, env=os.environ | {"BUILDAH_ISOLATION": "chroot"})
    if ended.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {ended.returncode}:\n{ended.stdout[-4000:]}")
    return ended.stdout


def mirror():
    """The address from which this machine's own apt takes Debian 12."""
    lines = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages", "Origin: Debian",
                "Codename: bookworm", "Component: main").split()
    return lines[0]


def make_base():
    """A base image as the registry's, of Debian's own packages; once."""
    if BASE in run("buildah", *STORAGE, "images", "--format", "{{.Name}}:{{.Tag}}").split():
        return
    with scratch_folder() as folder:
        root = folder / "root"
        run("debootstrap", "--variant=minbase", "bookworm", root, mirror())
        for pattern in ("var/cache/apt/archives/*.deb", "var/lib/apt/lists/*"):
            for path in root.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        container = run("buildah", *STORAGE, "from", "scratch").strip()
        run("buildah", *STORAGE, "copy", "-q", container, root, "/")
        run("buildah", *STORAGE, "config", "--cmd", "bash", container)
        run("buildah", *STORAGE, "commit", "-q", "--rm", container, BASE)


class Container(ServerProcess):
    """The image as a running container, its root read-only and the host's network its own."""

    name = "tallymill"
    stop_seconds = 15

    def __init__(self, folder, bootstrap):
        super().__init__(folder)
        self.http_port, self.admin_port = free_ports(2)
        self.container = f"tallymill-test-{os.getpid()}"
        self.bootstrap = bootstrap

    def prepare(self):
        super().prepare()
        state = self.folder / "state"
        state.mkdir()
        os.chown(state, USER, USER)

    def command(self):
        limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
        settings = {"kafka.bootstrap.servers": self.bootstrap, "http.address": f"127.0.0.1:{self.http_port}",
                    "admin.address": f"127.0.0.1:{self.admin_port}"}
        mounts = ["--volume", f"{self.folder}/state:/var/lib/tallymill", "--volume", f"{TOPOLOGY}:/topology.yaml:ro"]
        given = [word for path, value in settings.items() for word in ("--set", f"{path}={value}")]
        return [*PODMAN, "run", "--rm", "--pull=never", "--network", "host", "--no-healthcheck", *limits, "--read-only",
                "--cap-drop", "all", "--security-opt", "no-new-privileges", "--name", self.container, *mounts, IMAGE,
                "run", "/topology.yaml", *given]

    def is_ready(self):
        return "partitions were assigned" in self.log_file.read_text()

    def shell(self, command):
        """Runs a command in the container; its exit code."""
        return subprocess.run([*PODMAN, "exec", self.container, "bash", "-c", command], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode

    def inspect(self, form):
        """What podman knows of the container."""
        return run(*PODMAN, "inspect", "--format", form, self.container).strip()


def envelope(number):
    """(partition, key, value) of an insert."""
    now = datetime.datetime.now(datetime.timezone.utc)
    row = {"transaction_id": f"t{number}", "user_id": "ann", "currency": "USD", "amount": "1.25",
           "timestamp": now.strftime("%Y-%m-%dT00:00:00.000000Z")}
    value = {"op": "c", "after": row, "source": {"lsn": number, "ts_ms": int(now.timestamp() * 1000)}}
    return number % 4, json.dumps({"transaction_id": row["transaction_id"]}).encode(), json.dumps(value).encode()


class ImageTest(unittest.TestCase):
    """One image, one broker, one container; the tests are in the order of its life."""

    @classmethod
    def setUpClass(cls):
        make_base()
        run("buildah", *STORAGE, "bud", "--format", "docker", "--pull-never", "--layers", "--file",
            PROJECT / "deploy/Dockerfile", "--tag", IMAGE, PROJECT)
        folder = pathlib.Path(cls.enterClassContext(scratch_folder()))
        cls.kafka = cls.enterClassContext(Kafka(folder / "kafka"))
        cls.kafka.create_topic(SOURCE)
        cls.container = cls.enterClassContext(Container(folder / "container", cls.kafka.bootstrap))

    def test_1_it_works(self):
        self.kafka.produce(SOURCE, [envelope(number) for number in range(1, 101)])

        def payments():
            rows = [json.loads(record.value) for record in read_topic(self.kafka.bootstrap, OUTPUT)]
            return rows and rows[-1]["payments"] == 100 and rows[-1]["total"] == "125.00"
        wait_until(payments, 30, "a hundred payments in the output", interval_seconds=0.2)

    def test_2_it_has_no_rights(self):
        pid = self.container.inspect("{{.State.Pid}}")
        status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
        self.assertEqual([str(USER)] * 4, status["Uid"].split())
        self.assertEqual(0, int(status["CapEff"], 16))
        self.assertEqual("1", status["NoNewPrivs"])

    def test_3_it_writes_its_state_folder_alone(self):
        self.assertNotEqual(0, self.container.shell("touch /usr/x /x"))
        self.assertEqual(0, self.container.shell("test -s /var/lib/tallymill/state/spend-per-user/process-id"))

    def test_4_the_health_check_of_the_image_succeeds(self):
        (image,) = json.loads(run(*PODMAN, "image", "inspect", IMAGE))
        test = image["Healthcheck"]["Test"]
        self.assertEqual(["CMD", "bash", "-c"], test[:3])
        self.assertEqual(0, self.container.shell(test[3].replace("9464", str(self.container.http_port))))
        self.assertNotEqual(0, self.container.shell(test[3].replace("9464", "1")))

    def test_5_it_ends_when_it_is_told_to(self):
        self.container.stop()
        self.assertEqual(0, self.container.process.returncode, self.container.log_tail())
        self.assertIn("stopped", self.container.log_file.read_text().splitlines()[-1])


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("SKIPPED: building an image in a chroot needs root")
        sys.exit(0)
    unittest.main(warnings="ignore")
