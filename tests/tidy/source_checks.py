"""Checks of the code: layers, names, sizes, and what must not be written."""

import ast
import re

import rules
from function_sizes import cpp_functions, python_functions
from source_tree import Finding, line_of

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"(?P<own>[^"]+)"|<(?P<library>[^>]+)>)')
ERROR_CODE = re.compile(r"^TALLYMILL_ERROR_CODE\((\w+)", re.M)
ERROR_TABLE = "topology/base/error_codes.def"


def includes(tree, path):
    """(line, own header or None, library header or None) of every include of a file."""
    for number, line in tree.lines(path):
        match = INCLUDE.match(line)
        if match:
            yield number, match["own"], match["library"]


def check_layers(tree):
    """An include goes from processor to ops to topology, is written from the root, and never the other way."""
    for path in tree.select(".h", ".cc", ".def"):
        allowed = rules.LAYERS.get(path.split("/")[0], set())
        for line, own, _ in includes(tree, path):
            if own is None:
                continue
            if own.startswith(".") or own.split("/")[0] not in rules.LAYERS:
                yield Finding(path, line, f'"{own}" is not written from the root; write its path from the top folder')
            elif own.split("/")[0] not in allowed:
                yield Finding(path, line, f"{path.split('/')[0]} must not include {own}; "
                                          "the layers are processor -> ops -> topology")


def check_library_places(tree):
    """A library is named by its own folder of the engine only, and a concrete part by the one file that builds it."""
    for path in tree.engine_files():
        for line, own, library in includes(tree, path):
            table = rules.LIBRARY_PLACES if library else rules.INTERNAL_PLACES
            for prefix, places in table.items():
                if (library or own).startswith(prefix) and not path.startswith(places):
                    yield Finding(path, line, f"{library or own} may be included by {', '.join(places)} alone; "
                                              "the table is in tests/tidy/rules.py")


def check_headers(tree):
    """A header has `#pragma once`, and engine code is in the namespace of its top folder."""
    for path in tree.select(".h"):
        if not re.search(r"^#pragma once$", tree.text(path), re.M):
            yield Finding(path, 0, "no #pragma once")
    for path in tree.engine_files():
        namespace = f"namespace tallymill::{path.split('/')[0]}"
        if not path.endswith((".def", "/main.cc")) and namespace not in tree.code(path):
            yield Finding(path, 0, f"not in {namespace}; the namespace is the top folder")


def check_names(tree):
    """No class or file has a name that says nothing."""
    empty = "|".join(rules.EMPTY_NAMES)
    class_name = re.compile(rf"\b(?:class|struct|concept|using)\s+(\w*(?:{empty}))\b")
    file_name = re.compile(rf"(^|[/_])({empty})\.\w+$", re.I)
    for path in tree.select(".h", ".cc", ".py"):
        code = tree.text(path) if path.endswith(".py") else tree.code(path)
        for match in class_name.finditer(code):
            yield Finding(path, line_of(code, match.start()), f"{match[1]} says nothing; name what it does")
        if file_name.search(path):
            yield Finding(path, 0, "the file's name says nothing; name what is in it")


def check_python(tree):
    """Every script is Python 3.11, the version of Debian 12, whatever newer one wrote it."""
    for path in tree.select(".py"):
        try:
            ast.parse(tree.text(path), feature_version=(3, 11))
        except SyntaxError as error:
            yield Finding(path, error.lineno or 0, f"is no Python 3.11: {error.msg}")


def functions(tree, path):
    """(name, first line, lines) of every function in a file; none in a file that check_python refuses."""
    if not path.endswith(".py"):
        return cpp_functions(tree.code(path))
    try:
        return python_functions(tree.text(path))
    except SyntaxError:
        return []


def sizes(tree):
    """(path or path:function, first line, lines, guide) of everything that has a size."""
    for path in tree.select(".h", ".cc", ".def", ".py"):
        guide = rules.HEADER_LINES if path.endswith(".h") else rules.SOURCE_LINES
        yield path, 0, len(tree.text(path).splitlines()), guide
        for name, line, lines in functions(tree, path):
            yield f"{path}:{name}", line, lines, rules.FUNCTION_LINES


def check_sizes(tree):
    """Functions, headers and sources keep to the guides; today's exceptions may only shrink."""
    unused = dict(rules.SIZE_EXCEPTIONS)
    for name, line, lines, guide in sizes(tree):
        allowed = unused.pop(name, None) if lines > guide else None
        path = name.split(":")[0]
        if lines > max(guide, allowed or 0):
            yield Finding(path, line, f"{name.split(':', 1)[-1]} has {lines} lines, the guide is {guide}; "
                                      "split it by responsibility")
        elif allowed and lines < allowed:
            yield Finding(path, line, f"shrank to {lines} lines; lower its row in SIZE_EXCEPTIONS from {allowed}")
    for name in unused:
        yield Finding(name.split(":")[0], 0, f"{name} meets the guide or is gone; remove its row from SIZE_EXCEPTIONS")


def check_columns(tree):
    """No line of code is wider than its language allows."""
    for path in tree.select(*rules.LINE_COLUMNS):
        columns = rules.LINE_COLUMNS["." + path.rsplit(".", 1)[1]]
        for number, line in tree.lines(path):
            if len(line) > columns:
                yield Finding(path, number, f"{len(line)} columns, at most {columns}")


def check_forbidden_words(tree):
    """Nothing names the machines this is developed on, and nothing is left for later."""
    words = re.compile("|".join(re.escape(word) for word in rules.FORBIDDEN_WORDS))
    for path in tree.paths:
        if tree.is_text(path):
            for number, line in tree.lines(path):
                match = words.search(line)
                if match:
                    yield Finding(path, number, f"'{match[0]}' has no place in the project")


def check_no_sleep(tree):
    """A test waits for a condition, never for a time."""
    sleep = re.compile("|".join(rules.SLEEPS))
    for path in tree.select("", under=("tests/", ".ci/")):
        if path.endswith((".md", ".yaml", ".json", ".jsonl", ".txt")) or "/corpus/" in path:
            continue
        for number, line in tree.lines(path):
            if sleep.search(line):
                yield Finding(path, number, "waits for a time; wait for the condition instead")


def check_error_codes(tree):
    """Every error code is met somewhere: a code that nothing raises would be documented for nothing."""
    if ERROR_TABLE not in tree.paths:
        return
    table = tree.text(ERROR_TABLE)
    code = "\n".join(tree.code(path) for path in tree.engine_files() if not path.startswith("topology/base/error"))
    for match in ERROR_CODE.finditer(table):
        if not re.search(rf"::{match[1]}\b", code):
            yield Finding(ERROR_TABLE, line_of(table, match.start()), f"{match[1]} is raised nowhere; remove it")


def check_scripts(tree):
    """What begins with `#!` can be executed, and nothing else can."""
    for path in tree.paths:
        with open(tree.root / path, "rb") as file:
            is_script = file.read(2) == b"#!"
        is_executable = bool((tree.root / path).stat().st_mode & 0o100)
        if is_script and not is_executable:
            yield Finding(path, 0, "begins with #! and is not executable; chmod +x, and git add --chmod=+x")
        elif is_executable and not is_script:
            yield Finding(path, 0, "is executable and does not begin with #!")


SOURCE_CHECKS = (
    check_layers, check_library_places, check_headers, check_names, check_python, check_sizes, check_columns,
    check_forbidden_words, check_no_sleep, check_error_codes, check_scripts,
)
