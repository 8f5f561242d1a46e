"""The tree that is checked, read once: its files, their text, and what a finding is."""

import functools
import os
import pathlib
import re
import subprocess
from dataclasses import dataclass

SKIPPED_FOLDERS = {".git", "build", "__pycache__"}

# Comments and literals, longest first, so that a quote inside a comment opens nothing and the other way round.
NON_CODE = re.compile(
    r'(?P<raw>R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")'
    r"|(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)"
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<character>(?<![0-9a-fA-F])'(?:\\.[^'\n]*|[^'\\\n])')", re.S)


@dataclass(frozen=True)
class Finding:
    """One place that breaks a rule. `line` counts from 1; 0 means the file as a whole."""

    path: str
    line: int
    message: str

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


def blank(text):
    """As many characters and lines as `text`, all of them spaces."""
    return re.sub(r"[^\n]", " ", text)


def code_only(text):
    """C++ with comments, literals and preprocessor lines blanked, every position kept."""
    text = NON_CODE.sub(lambda match: blank(match[0]), text)
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda match: blank(match[0]), text, flags=re.M)


def line_of(text, position):
    """The line, counted from 1, in which a position of `text` stands."""
    return text.count("\n", 0, position) + 1


class SourceTree:
    """The files below a root that belong to the project, by their path with forward slashes."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.paths = sorted(self._list())

    def _list(self):
        if (self.root / ".git").exists():
            listing = subprocess.run(
                ["git", "-C", self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                capture_output=True, text=True, check=False)
            if listing.returncode == 0:
                return [path for path in set(listing.stdout.split("\0")) if path and (self.root / path).is_file()]
        return self._walk()

    def _walk(self):
        found = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            found += [(pathlib.Path(folder) / name).relative_to(self.root).as_posix() for name in files]
        return found

    def select(self, *suffixes, under=("",)):
        """The paths that end with one of `suffixes` and start with one of `under`."""
        return [path for path in self.paths if path.endswith(suffixes) and path.startswith(under)]

    def engine_files(self):
        """C++ files of the three layers."""
        return self.select(".h", ".cc", ".def", under=("topology/", "ops/", "processor/"))

    @functools.cache
    def text(self, path):
        """The text of a file; what is no UTF-8 is replaced."""
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def is_text(self, path):
        """Whether a file holds text: no zero byte in its first 4 KiB."""
        with open(self.root / path, "rb") as file:
            return b"\0" not in file.read(4096)

    @functools.cache
    def code(self, path):
        """The text of a C++ file without comments, literals and preprocessor lines."""
        return code_only(self.text(path))

    def lines(self, path):
        """(number, line) of a file, counted from 1."""
        return enumerate(self.text(path).splitlines(), 1)
