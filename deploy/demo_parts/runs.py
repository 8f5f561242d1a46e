"""Run folders: where a demo keeps its data and logs, and how another terminal finds and stops it."""

import contextlib
import os
import pathlib
import shutil
import signal
import tempfile

from servers import wait_until

STOP_SECONDS = 60
KEPT = "kept"  # a file that says so


def base_folder():
    """The folder of all runs of this user. Below /tmp: the user postgres must be able to pass all above its own."""
    return pathlib.Path(os.environ.get("TALLYMILL_DEMO") or
                        pathlib.Path(tempfile.gettempdir()) / f"tallymill-demo-{os.getuid()}")


def begun_at(pid):
    """When the process began, in the kernel's ticks since boot, as text; None if there is none. A pid alone may have
    been given to another process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None


class RunFolder:
    """The folder of one run: `path`, and in it the file `demo.pid` with the process that owns it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    @classmethod
    def claim(cls):
        """A new one for this process."""
        base = base_folder()
        base.mkdir(mode=0o711, parents=True, exist_ok=True)
        if base.stat().st_uid != os.getuid():
            raise PermissionError(f"{base} belongs to another user")
        if os.getuid() == 0:
            check_passable(base)
        number = 1
        while True:
            path = base / str(number)
            try:
                path.mkdir(mode=0o711)
            except FileExistsError:
                number += 1
                continue
            path.chmod(0o711)  # whatever the umask is
            run = cls(path)
            run.write("demo.pid", f"{os.getpid()} {begun_at(os.getpid())}\n")
            return run

    @property
    def is_kept(self):
        """Whether its data and logs shall stay after the end."""
        return (self.path / KEPT).exists()

    def keep(self):
        """Has data and logs stay after the end."""
        self.write(KEPT, "")

    @property
    def owner(self):
        """The pid of the running demo that owns the folder, else None."""
        try:
            pid, begun = (self.path / "demo.pid").read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if begun_at(pid) == begun else None

    def write(self, name, text):
        """Leaves something for other terminals, such as an address. They never see half of it."""
        unfinished = self.path / f"{name}.unfinished"
        unfinished.write_text(text)
        unfinished.rename(self.path / name)

    def read(self, name):
        """What write() left."""
        return (self.path / name).read_text()

    def remove(self):
        """Deletes all of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):
            base_folder().rmdir()  # the last one takes it along


def check_passable(base):
    """PostgreSQL will not run as root, so another user must be able to pass the folder and all above it."""
    for folder in (base, *base.resolve().parents):
        if not folder.stat().st_mode & 0o001:
            raise PermissionError(f"the user postgres, as whom PostgreSQL runs, cannot pass {folder}")


def all_runs():
    """The folders of all runs of this user, those of dead demos included; no folder that a run did not make."""
    base = base_folder()
    if not base.is_dir():
        return []
    return [RunFolder(file.parent) for file in sorted(base.glob("*/demo.pid")) if file.stat().st_uid == os.getuid()]


def stop_all():
    """Stops every running demo of this user, as Ctrl-C would, and removes what killed ones left. Says what it does."""
    runs = all_runs()
    if not runs:
        print("deploy/demo: none is running")
    for run in runs:
        pid = run.owner
        if pid:
            print(f"deploy/demo: stopping the one of {run.path}, process {pid}", flush=True)
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(pid, signal.SIGTERM)
            wait_until(lambda run=run: run.owner is None, STOP_SECONDS, f"the end of process {pid}")
        if run.is_kept:
            print(f"deploy/demo: {run.path} is kept; delete it when you have read it")
        elif run.path.exists():
            print(f"deploy/demo: removing {run.path}")
            run.remove()
