#!/usr/bin/env python3
"""The command line: versions, unknown commands, exit codes."""

import subprocess

import tallymill
from tallymill import PipeTest


class CommandLineTest(PipeTest):
    def call(self, *arguments):
        return subprocess.run([tallymill.binary, *arguments], cwd=self.folder, capture_output=True, text=True,
                              check=False, timeout=60)

    def test_version_as_option_and_as_command(self):
        option, command = self.call("--version"), self.call("version")
        self.assertEqual((option.returncode, option.stdout), (0, command.stdout))
        self.assertRegex(option.stdout, r"^tallymill \d+\.\d+\.\d+\n$")

    def test_an_unknown_command_is_named_with_the_one_that_was_meant(self):
        done = self.call("pip")
        self.assertEqual(done.returncode, 2)
        self.assertIn('there is no command "pip"', done.stderr)
        self.assertIn('did you mean "pipe"?', done.stderr)
        strange = self.call("bogus")
        self.assertEqual(strange.returncode, 2)
        self.assertNotIn("did you mean", strange.stderr)
        for name in ("run", "lint", "explain", "test", "pipe"):
            self.assertIn(name, strange.stderr)

    def test_no_command_at_all_prints_the_help(self):
        done = self.call()
        self.assertEqual(done.returncode, 2)
        self.assertIn("Runs a topology on Kafka", done.stderr)

    def test_lint_goes_on_after_a_file_that_is_missing(self):
        self.write("wrong.yaml", "version: 1\nname: wrong\n")
        done = self.call("lint", "missing.yaml", "topology.yaml", "wrong.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn('cannot read "missing.yaml"', done.stderr)
        self.assertIn("topology.yaml: ok", done.stdout)
        self.assertIn("wrong.yaml:", done.stdout)

    def test_lint_names_the_topics_that_hold_sensitive_values(self):
        self.write("sensitive.yaml", tallymill.TOPOLOGY.replace("customer: string",
                                                                "customer: { type: string, sensitive: true }"))
        self.assertNotIn("sensitive", self.call("lint", "topology.yaml").stdout)
        said = self.call("lint", "sensitive.yaml").stdout
        self.assertIn("sensitive.yaml: ok\nsensitive values stand in clear in these topics\n  spend: rows\n", said)

    def test_the_help_of_pipe_names_the_tools_and_every_exit_code(self):
        text = self.call("pipe", "--help").stdout
        for part in ("kcat -C -J", "kafka-console-consumer", "rpk topic consume", ".gz", "0 done", "4 dead letters",
                     "130", "143"):
            self.assertIn(part, text)


if __name__ == "__main__":
    tallymill.main()
