"""One running `tallymill run`, and what is done to it."""

import os
import pathlib
import signal

from servers.process import ServerError, ServerProcess, wait_until

LEAVE_SECONDS = 10  # SIGTERM commits and leaves within this time, as the command promises


class Instance(ServerProcess):
    """`tallymill run` with a state directory of its own. start() returns at once; the log says how far it is.

    `settings` are given with --set, added to those here or put in their place; `config` is an engine file.
    """

    stop_seconds = LEAVE_SECONDS

    def __init__(self, folder, binary, topology, bootstrap, settings=None, config=None):
        super().__init__(folder)
        self.name = self.folder.name
        self.binary = pathlib.Path(binary).resolve()
        self.topology = pathlib.Path(topology).resolve()
        self.settings = {
            "kafka.bootstrap.servers": bootstrap,
            "workers": "2",
            "state.directory": str(self.folder / "state"),
            "http.address": "127.0.0.1:0",
            "admin.address": "127.0.0.1:0",
        } | (settings or {})
        self.config = config
        self.log_before_start = 0

    def command(self):
        words = [self.binary, "run", self.topology]
        if self.config:
            words += ["--config", self.config]
        for path, value in self.settings.items():
            words += ["--set", f"{path}={value}"]
        return words

    def start(self):
        self.log_before_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        return super().start()

    def is_ready(self):
        return True

    def log(self):
        """What it logged since the last start."""
        with open(self.log_file, "rb") as log:
            log.seek(self.log_before_start)
            return log.read().decode(errors="replace")

    def wait_for_log(self, text, seconds=30):
        """Waits for a line with `text` since the last start; the answer is all that was logged since."""
        def logged_or_dead():
            log = self.log()
            if text in log:
                return log
            if not self.pid:
                raise ServerError(f"{self.name} ended with exit code {self.process.returncode}\n{self.log_tail()}")
            return None
        return wait_until(logged_or_dead, seconds, f'"{text}" in {self.log_file}')

    def process_id(self):
        """The id under which it keeps its transactional ids over restarts, from its state directory."""
        for file in sorted((self.folder / "state").rglob("process-id")):
            return file.read_text().strip()
        raise ServerError(f"no process id in {self.folder / 'state'}")

    def freeze(self):
        """Stops all its threads where they are (SIGSTOP)."""
        os.kill(self.pid, signal.SIGSTOP)
        wait_until(self.is_frozen, 5, f"{self.name} being stopped", interval_seconds=0.001)

    def is_frozen(self):
        """Whether the kernel has stopped it: the state behind the name in /proc/PID/stat."""
        return pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def thaw(self):
        """Lets it go on (SIGCONT)."""
        os.kill(self.pid, signal.SIGCONT)

    def leave(self):
        """SIGTERM: it must commit, leave its group and end with exit code 0 in time."""
        pid = self.pid
        if not pid:
            raise ServerError(f"{self.name} had ended with exit code {self.process.returncode}\n{self.log_tail()}")
        self.stop()
        if self.process.returncode != 0:
            raise ServerError(f"{self.name} (process {pid}) was told to end and did so with exit code "
                              f"{self.process.returncode} instead of 0 within {LEAVE_SECONDS} s\n{self.log_tail()}")
