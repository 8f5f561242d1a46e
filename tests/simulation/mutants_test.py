#!/usr/bin/env python3
"""Breaks the engine in one place at a time, as the patches of mutants/ say, and expects the simulation to see it.

    mutants_test.py SOURCE_DIR BUILD_DIR [NAME...]

A mutant is one source file, compiled from a patched copy in the build tree and linked in front of the library, which
keeps its own object to itself then: so a mutant costs one compilation and one link. A patch that does not apply,
a mutant that does not build and one that the simulation does not see fail the test.
"""

import concurrent.futures
import json
import pathlib
import re
import shlex
import subprocess
import sys
import time

# A mutant that lives through these is one that the simulation does not see.
SEEDS = "1..3000"
# What simulation.cc answers when a seed failed; below zero: an invariant of the engine or of the broker broke.
SEED_FAILED = 1


class MutantFailed(Exception):
    """The mutant says nothing of the simulation: it does not apply or does not build."""


def run(words, folder, what):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MutantFailed(f"{what}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class Build:
    """The commands of the build tree."""

    def __init__(self, source, build):
        self.source, self.build = source, build
        entries = json.loads((build / "compile_commands.json").read_text())
        self.compile_commands = {entry["file"]: entry["command"] for entry in entries}
        commands = run(["ninja", "-t", "commands", "simulation"], build, "ninja does not know the simulation")
        self.link_command = commands.strip().splitlines()[-1]

    def compile(self, original, changed, target):
        words = shlex.split(self.compile_commands[str(original)])
        words[words.index("-o") + 1] = str(target)
        words[words.index("-c") + 1] = str(changed)
        # What is left unused by a mutant is no error.
        run(words + ["-Wno-error", "-w"], self.build, f"{original.name} does not compile")

    def link(self, mutant_object, target):
        match = re.search(r"&& (?P<command>\S*\+\+\S* .*?) && :$", self.link_command)
        words = shlex.split(match["command"])
        words[words.index("-o") + 1] = str(target)
        # In front of the libraries: what the mutant defines is not looked for in them.
        words.insert(next(index for index, word in enumerate(words) if word.endswith(".o")), str(mutant_object))
        run(words, self.build, "the mutant does not link")


class Patch:
    """A unified diff of one source file. Its places are found by their lines alone, so that they may move."""

    def __init__(self, path):
        self.name = path.stem
        text = path.read_text()
        paths = re.findall(r"^\+\+\+ b/(\S+)", text, re.M)
        if len(paths) != 1:
            raise MutantFailed("a mutant changes one file")
        self.path = paths[0]
        self.hunks = [hunk.splitlines(keepends=True)[1:] for hunk in re.split(r"^(?=@@ )", text, flags=re.M)[1:]]

    def apply(self, text):
        for hunk in self.hunks:
            old = "".join(line[1:] for line in hunk if line[0] in " -")
            new = "".join(line[1:] for line in hunk if line[0] in " +")
            if text.count(old) != 1:
                raise MutantFailed(f"the patch does not apply to {self.path}; these lines are not there, or not "
                                   f"once:\n{old}")
            text = text.replace(old, new)
        return text


def try_mutant(build, patch_path):
    """How the simulation ended on the mutant, and its words."""
    patch = Patch(patch_path)
    path, folder = patch.path, build.build / "tests" / "simulation" / "mutants" / patch.name
    changed = folder / path
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.write_text(patch.apply((build.source / path).read_text()))
    build.compile(build.source / path, changed, folder / "mutant.o")
    build.link(folder / "mutant.o", folder / "simulation")
    done = subprocess.run([folder / "simulation", "--seeds", SEEDS], capture_output=True, text=True, check=False)
    (folder / "simulation").unlink()
    return done.returncode, done.stdout + done.stderr


def reason_of(output):
    """The first sentence about what was wrong."""
    match = re.search(r"^- (.*)", output, re.M) or re.search(r"^.*(?:invariant|INVARIANT|ERROR).*", output, re.M)
    return match[0][:150] if match else output.strip()[-150:]


def judge(build, patch):
    """(whether the simulation saw it, a line)"""
    began = time.monotonic()
    try:
        code, output = try_mutant(build, patch)
    except MutantFailed as failure:
        return False, f"FAILED {patch.stem}: {failure}"
    took = f"{time.monotonic() - began:.0f} s"
    if code == SEED_FAILED or code < 0:
        return True, f"seen    {patch.stem} ({took}): {reason_of(output)}"
    return False, f"FAILED {patch.stem} ({took}): the simulation did not see it\n{output[-500:]}"


def main():
    source, build = (pathlib.Path(each).resolve() for each in sys.argv[1:3])
    names = sys.argv[3:]
    patches = sorted((source / "tests" / "simulation" / "mutants").glob("*.patch"))
    patches = [patch for patch in patches if not names or patch.stem in names]
    if not patches:
        sys.exit("no such mutant")
    tools = Build(source, build)
    seen = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for is_seen, line in pool.map(lambda patch: judge(tools, patch), patches):
            print(line, flush=True)
            seen += is_seen
    print(f"{len(patches)} mutants, {seen} seen, {len(patches) - seen} failed")
    sys.exit(0 if seen == len(patches) else 1)


if __name__ == "__main__":
    main()
