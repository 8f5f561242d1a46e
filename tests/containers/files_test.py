#!/usr/bin/python3
"""What is deployed, against the rules of those who read it: Compose, Kubernetes, systemd; hadolint for the Dockerfile.

usage: files_test.py
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "deploy"))

from servers.installed import checkers

COMPOSE = PROJECT / "deploy/compose.yaml"
KUBERNETES = PROJECT / "deploy/kubernetes/tallymill.yaml"
UNIT = PROJECT / "deploy/systemd/tallymill@.service"


def check(*command, text=None):
    """(exit code, what it wrote) of a checker, which gets `text` as its input."""
    ended = subprocess.run([str(word) for word in command], input=text, text=True, check=False,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           env=os.environ | {"PYTHONPATH": str(checkers())})
    return ended.returncode, ended.stdout


class FilesTest(unittest.TestCase):
    """Each file is right, and with a mistake made on purpose it is wrong."""

    def test_compose(self):
        checker = [sys.executable, "-B", "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
        code, said = check(*checker, COMPOSE)
        self.assertEqual(0, code, said)
        code, _ = check(*checker, "-", text=COMPOSE.read_text().replace("healthcheck:", "healthchek:", 1))
        self.assertNotEqual(0, code)

    def test_dockerfile(self):
        checker = [checkers() / "bin/hadolint", "--no-color"]
        self.assertEqual((0, ""), check(*checker, PROJECT / "deploy/Dockerfile"))
        code, _ = check(*checker, "-", text="FROM debian\nRUN cd /tmp\n")
        self.assertNotEqual(0, code)

    def test_kubernetes(self):
        checker = [sys.executable, checkers() / "bin/kubernetes-validate", "-k", "1.33.0", "--strict"]
        code, said = check(*checker, KUBERNETES)
        self.assertEqual(0, code, said)
        with tempfile.TemporaryDirectory() as folder:
            wrong = pathlib.Path(folder) / "wrong.yaml"
            wrong.write_text(KUBERNETES.read_text().replace("replicas: 3", "replica: 3"))
            self.assertNotEqual(0, check(*checker, wrong)[0])

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_systemd(self):
        def said_of(text):
            with tempfile.TemporaryDirectory() as folder:
                unit = pathlib.Path(folder) / UNIT.name
                unit.write_text(text.replace("/usr/local/bin/tallymill", shutil.which("true")))
                return check("systemd-analyze", "verify", unit)[1]
        # It ends with 0 whatever it finds: what it says counts.
        self.assertEqual("", said_of(UNIT.read_text()))
        self.assertIn("RestartSecs", said_of(UNIT.read_text().replace("RestartSec=", "RestartSecs=")))


if __name__ == "__main__":
    unittest.main()
