"""Checks of the documents: the top level, folder READMEs, links, topologies in YAML, scenarios."""

import pathlib
import posixpath
import re
import subprocess
import tempfile

import rules
from source_tree import Finding, blank, line_of

FENCE = re.compile(r"^(?P<mark>```+|~~~+)(?P<language>[^\n`]*)\n(?P<body>.*?)^(?P=mark)[ \t]*$", re.M | re.S)
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\((?P<target>[^()\s]+)(?:\s+\"[^\"]*\")?\)")
FILE_NAME = re.compile(r"`([a-z0-9_./-]+\.(?:h|cc|def|py|\{[\w,]+\}))`")
TOPOLOGY = re.compile(r"\A(?:[ \t]*#[^\n]*\n|[ \t]*\n)*version: 1[ \t]*$", re.M)
SCENARIOS = "tests/scenarios/"
METRICS = "grafana/METRICS.md"
COMPOSE = "deploy/compose.yaml"
MOUNT = re.compile(r"^ *- (?P<path>\.\.?/[^:\s]+):/", re.M)
METRIC = re.compile(r"\btallymill_[a-z0-9_]+\b(?!\*)")


def check_top_level(tree):
    """The top level holds what tests/tidy/rules.py lists, and nothing else."""
    for name in sorted({path.split("/")[0] for path in tree.paths} - rules.TOP_LEVEL):
        yield Finding(name, 0, "has no place at the top level; the list is in tests/tidy/rules.py")


def check_readmes(tree):
    """Each source folder has a README that names every file in it."""
    folders = {}
    for path in tree.engine_files():
        parts = pathlib.PurePosixPath(path)
        folders.setdefault(parts.parent.as_posix(), set()).add(parts.stem)
        for parent in list(parts.parents)[1:-1]:
            folders.setdefault(parent.as_posix(), set())
    for path in tree.select("", under=("tests/", "deploy/")):
        folders.setdefault("/".join(path.split("/")[:2 if path.count("/") > 1 else 1]), set())
    for folder, stems in sorted(folders.items()):
        readme = f"{folder}/README.md"
        if readme not in tree.paths:
            yield Finding(folder, 0, "has no README.md (purpose, the files in reading order, decisions)")
            continue
        for stem in sorted(stems):
            if not re.search(rf"(?<!\w){re.escape(stem)}(?!\w)", tree.text(readme)):
                yield Finding(readme, 0, f"does not name {stem}, which is in its folder")


def check_files_named(tree):
    """A source file that a document names exists."""
    for path in tree.select(".md"):
        text = tree.text(path)
        for match in FILE_NAME.finditer(text):
            stem, _, suffix = match[1].rpartition(".")
            for ending in suffix.strip("{}").split(","):
                name = f"{stem}.{ending}".removeprefix("./")
                if not any(("/" + file).endswith("/" + name) for file in tree.paths):
                    yield Finding(path, line_of(text, match.start()), f"names {name}, which does not exist")


def without_code(text):
    """Markdown with fenced blocks and inline code blanked, every position kept."""
    text = FENCE.sub(lambda match: blank(match[0]), text)
    return re.sub(r"`[^`\n]+`", lambda match: blank(match[0]), text)


def anchors(text):
    """The anchors of a document's headings, as the common renderers make them."""
    text = FENCE.sub("", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+[ \t]+(.*?)[ \t]*$", text, re.M)}


def check_links(tree):
    """Every relative link of a Markdown file leads to a file of the tree, and to a heading that exists."""
    folders = {parent.as_posix() for path in tree.paths for parent in pathlib.PurePosixPath(path).parents}
    for path in tree.select(".md"):
        text = without_code(tree.text(path))
        for match in LINK.finditer(text):
            target, _, anchor = match["target"].partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            line = line_of(text, match.start())
            resolved = (tree.root / path).parent.joinpath(target).resolve() if target else tree.root / path
            name = resolved.relative_to(tree.root).as_posix() if resolved.is_relative_to(tree.root) else None
            if name not in tree.paths and name not in folders:
                yield Finding(path, line, f"the link to {match['target']} leads nowhere")
            elif anchor and name.endswith(".md") and anchor not in anchors(tree.text(name)):
                yield Finding(path, line, f"there is no heading #{anchor} in {name}")


def topologies(tree):
    """(path, line, text) of every topology in documents and under deploy/topologies."""
    for path in tree.select(".yaml", under=("deploy/topologies/",)):
        yield path, 0, tree.text(path)
    for path in tree.select(".md"):
        text = tree.text(path)
        for match in FENCE.finditer(text):
            if match["language"].strip() == "yaml" and TOPOLOGY.match(match["body"]):
                yield path, line_of(text, match.start("body")), match["body"]


def check_topologies(tree, tallymill):
    """Every topology that a reader may copy passes `tallymill lint`."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "topology.yaml"
        for path, line, text in topologies(tree):
            copy.write_text(text, encoding="utf-8")
            lint = subprocess.run([tallymill, "lint", copy], capture_output=True, text=True, check=False)
            if lint.returncode != 0:
                said = (lint.stderr + lint.stdout).strip().replace(f"{copy}:", "topology:")
                yield Finding(path, line, f"does not pass `tallymill lint`:\n{said}")


def check_metric_reference(tree, tallymill):
    """The reference of metrics is what the binary prints."""
    printed = subprocess.run([tallymill, "metrics"], capture_output=True, text=True, check=False).stdout
    if tree.text(METRICS) != printed:
        yield Finding(METRICS, 0, "differs from what `tallymill metrics` prints; write that into it")


def check_metric_names(tree):
    """Every metric that dashboards, alert rules and documents name is in the reference of metrics."""
    if METRICS not in tree.paths:
        return
    known = set(re.findall(r"^\| `(\w+)`", tree.text(METRICS), re.M))
    used_in = [path for suffix in (".json", ".yml") for path in tree.select(suffix, under=("grafana/",))]
    for path in [*used_in, *tree.select(".md")]:
        text = tree.text(path)
        for match in METRIC.finditer(text):
            if match[0] not in known and re.sub(r"_(bucket|sum|count)$", "", match[0]) not in known:
                yield Finding(path, line_of(text, match.start()), f"there is no metric {match[0]}")


def check_shared_scene(tree):
    """The containers mount the very files that the native demo runs with, and nothing that is not there."""
    if COMPOSE not in tree.paths:
        return
    text = tree.text(COMPOSE)
    mounted = set()
    for match in MOUNT.finditer(text):
        path = posixpath.normpath(posixpath.join("deploy", match["path"]))
        mounted.add(path)
        if path not in tree.paths and not any(each.startswith(f"{path}/") for each in tree.paths):
            yield Finding(COMPOSE, line_of(text, match.start()), f"mounts {path}, which is not there")
    native = "".join(tree.text(path) for path in tree.select(".py", under=("deploy/",)))
    for path, name in rules.SHARED_SCENE.items():
        if path not in mounted:
            yield Finding(COMPOSE, 0, f"does not mount {path}, with which the native demo runs")
        if name not in native:
            yield Finding(path, 0, f"the native demo never names {name}, which the containers mount")


def check_scenarios(tree):
    """A scenario opens with a comment that says what it shows."""
    for path in tree.select(".yaml", under=(SCENARIOS,)):
        if not re.match(r"#[^\n]*\w[^\n]*[ ][^\n]*\w", tree.text(path)):
            yield Finding(path, 1, "the first line is no comment that says what the scenario shows")


DOCUMENT_CHECKS = (check_top_level, check_readmes, check_files_named, check_links, check_metric_names,
                   check_shared_scene, check_scenarios)
