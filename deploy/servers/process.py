"""One server process: started, waited for, ended by its process id, and never left behind."""

import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

LOG_TAIL_LINES = 30


class ServerError(Exception):
    """A server did not do what it should; the text holds the end of its log."""


def wait_until(condition, seconds, what, interval_seconds=0.05):
    """Asks `condition` until its answer is true, and returns that answer.

    Raises TimeoutError after `seconds`, saying that `what` did not come about.
    """
    deadline = time.monotonic() + seconds
    pause = threading.Event()  # never set: only its bounded wait is of use
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come about within {seconds} s")
        pause.wait(interval_seconds)


@contextlib.contextmanager
def scratch_folder():
    """A temporary folder for servers, removed at the end. Unlike tempfile's it can be passed by other users: PostgreSQL
    runs as one when the caller is root."""
    with tempfile.TemporaryDirectory(prefix="tallymill-", ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        folder.chmod(0o711)
        yield folder


def processes_in(folder):
    """The ids of the processes that work in `folder` or below it, as every server does in its own."""
    folder = pathlib.Path(folder).resolve()
    found = []
    for link in pathlib.Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):  # ended meanwhile, or another user's
            if link.readlink().is_relative_to(folder):
                found.append(int(link.parent.name))
    return found


def run_tool(command, folder, seconds=60):
    """Runs a program to its end. Raises ServerError with what it wrote, if that is no success."""
    command = [str(word) for word in command]
    try:
        subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, errors="replace", timeout=seconds, check=True)
    except subprocess.CalledProcessError as error:
        raise ServerError(f"{' '.join(command)} ended with exit code {error.returncode}\n{error.output}") from error
    except subprocess.TimeoutExpired as error:
        raise ServerError(f"{' '.join(command)} did not end within {seconds} s\n{error.output}") from error


class ServerProcess:
    """A server in a folder of its own. A subclass says how it is started and when it is ready.

    Objects are used from the main thread: Linux ends the server when the thread that started it ends, however that
    comes about, so that even a killed test leaves nothing running.
    """

    name = "server"
    ready_seconds = 60
    stop_seconds = 20
    stop_signal = signal.SIGTERM
    death_signal = "KILL"  # what the kernel sends when the Python process has died

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.process = None

    def command(self):
        """The command line, ready to be executed."""
        raise NotImplementedError

    def prepare(self):
        """Before the first start: makes the folder, configuration and data."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def is_ready(self):
        """Whether the server answers. Must return within seconds."""
        raise NotImplementedError

    def after_ready(self):
        """After each start, once the server answers."""

    def environment(self):
        """Variables that the server has beside those of this process."""
        return {}

    def user(self):
        """The name of the user to run as, or None for the caller's own."""
        return None

    @property
    def log_file(self):
        """What the server wrote to standard output and standard error, over all starts."""
        return self.folder / f"{self.name}.log"

    @property
    def pid(self):
        """The process id of the running server, else None."""
        return self.process.pid if self.process and self.process.poll() is None else None

    def start(self):
        """Starts the server and waits until it is ready. Raises ServerError with the end of the log."""
        self.launch()
        return self.await_ready()

    def launch(self):
        """Starts the server and does not wait: for those that need each other to be ready."""
        if self.pid:
            raise ServerError(f"{self.name} runs already, as process {self.pid}")
        if not self.process:
            self.prepare()
        # A session of its own: Ctrl-C reaches Python alone, which then stops the servers in order.
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(self.as_server(self.command()), cwd=self.folder, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                                            env=os.environ | self.environment())

    def await_ready(self):
        """Waits until a server that was launched is ready. Raises ServerError with the end of the log."""
        try:
            wait_until(self.is_ready_or_dead, self.ready_seconds, f"readiness of {self.name}")
            self.after_ready()
        except BaseException as error:
            self.kill()
            if not isinstance(error, Exception):  # KeyboardInterrupt and the like go on as they are
                raise
            raise ServerError(f"{self.name} did not start: {error}\n{self.log_tail()}") from error
        return self

    def as_server(self, command):
        """The command, dying with this process and running as the right user."""
        wrapped = ["setpriv", "--pdeathsig", self.death_signal]
        if self.user():
            wrapped += ["--reuid", self.user(), "--regid", self.user(), "--init-groups"]
        return wrapped + [str(word) for word in command]

    def is_ready_or_dead(self):
        """As is_ready, but a server that ended will never be: ServerError."""
        if self.process.poll() is not None:
            raise ServerError(f"it ended with exit code {self.process.returncode}")
        return self.is_ready()

    def stop(self):
        """Ends the server in its own time, and by force after `stop_seconds`. Fine if it does not run."""
        if not self.pid:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        """Ends the server at once, as a crash does. Fine if it does not run."""
        if self.pid:
            self.process.kill()
            self.process.wait()

    def restart(self):
        """Starts the server again, on the same ports and data; stops it first if it runs."""
        self.stop()
        return self.start()

    def log_tail(self):
        """The end of the log, for a message about a failure."""
        try:
            lines = self.log_file.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        except FileNotFoundError:
            lines = []
        return "\n".join([f"the last lines of {self.log_file}:", *lines])

    def __enter__(self):
        return self if self.pid else self.start()

    def __exit__(self, kind, error, trace):
        if isinstance(error, Exception):
            error.add_note(self.log_tail())
        self.stop()
