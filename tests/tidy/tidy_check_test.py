#!/usr/bin/env python3
"""Proves that each check can fail: every one is given a small tree that breaks its rule, and one that keeps it."""

import pathlib
import posixpath
import subprocess
import sys
import tempfile
import unittest
from dataclasses import dataclass
from unittest import mock

import document_checks
import hardening_check
import rules
import source_checks
from function_sizes import cpp_functions, python_functions
from source_tree import SourceTree, code_only

FOLDER = pathlib.Path(__file__).resolve().parent
HEADER = "#pragma once\nnamespace tallymill::ops {\n%s}\n"
LONG_FUNCTION = "int sum() {\n" + "  step();\n" * (rules.FUNCTION_LINES - 1) + "}\n"
SHORT_FUNCTION = LONG_FUNCTION.replace("  step();\n", "", 1)


@dataclass
class Case:
    """A tree that breaks a rule, what the finding says, and the nearest tree that keeps it."""

    check: object
    bad: dict
    says: str
    good: dict
    line: int = 0


def case_list():
    return [*layer_cases(), *name_cases(), *size_cases(), *text_cases(), *readme_cases(), *document_cases()]


def layer_cases():
    layers, places = source_checks.check_layers, source_checks.check_library_places
    return [
        Case(layers, {"topology/a.h": '#include "ops/b.h"\n'}, "topology must not include ops/b.h",
             {"ops/b.h": '#include "topology/a.h"\n'}, line=1),
        Case(layers, {"ops/a.cc": '\n#include "processor/b.h"\n'}, "ops must not include processor/b.h",
             {"processor/b.cc": '#include "ops/a.h"\n'}, line=2),
        Case(layers, {"ops/a.cc": '#include "../ops/b.h"\n'}, "not written from the root",
             {"ops/a.cc": '#include "ops/b.h"\n'}),
        Case(layers, {"ops/a.cc": '#include "b.h"\n'}, "not written from the root",
             {"ops/a.cc": "#include <vector>\n"}),
        Case(layers, {"processor/a.cc": '#include "tests/b.h"\n'}, "processor must not include tests/b.h",
             {"tests/driver/b.h": '#include "processor/a.h"\n'}),
        Case(places, {"processor/app.cc": "#include <librdkafka/rdkafka.h>\n"}, "processor/kafka/ alone",
             {"processor/kafka/a.cc": "#include <librdkafka/rdkafka.h>\n"}),
        Case(places, {"topology/plan/a.cc": "#include <yaml-cpp/yaml.h>\n"}, "topology/spec/ alone",
             {"topology/spec/a.cc": "#include <yaml-cpp/yaml.h>\n"}),
        Case(places, {"topology/data/a.h": "#include <simdjson.h>\n"},
             "processor/codec/, processor/kafka/unstable_records alone",
             {"processor/codec/a.h": "#include <simdjson.h>\n"}),
        Case(places, {"ops/a.cc": "#include <boost/multiprecision/cpp_int.hpp>\n"}, "topology/data/ alone",
             {"topology/data/a.cc": "#include <boost/multiprecision/cpp_int.hpp>\n"}),
        Case(places, {"processor/runtime/a.cc": '#include "processor/kafka/consumer.h"\n'}, "processor/app. alone",
             {"processor/app.cc": '#include "processor/kafka/consumer.h"\n'}),
    ]


def name_cases():
    headers, names = source_checks.check_headers, source_checks.check_names
    empty = rules.EMPTY_NAMES
    return [
        Case(headers, {"ops/a.h": "namespace tallymill::ops {}\n"}, "no #pragma once", {"ops/a.h": HEADER % ""}),
        Case(headers, {"ops/a.cc": "// namespace tallymill::ops\nint a;\n"}, "not in namespace tallymill::ops",
             {"ops/a.cc": "namespace tallymill::ops {}\n"}),
        *(Case(names, {"ops/a.h": f"class Order{name} final {{}};\n"}, f"Order{name} says nothing",
               {"ops/a.h": f"// no class Order{name} here\nclass {name}Table {{}};\n"}, line=1) for name in empty),
        Case(names, {"tests/a.py": f"class Kafka{empty[0]}:\n    pass\n"}, "says nothing", {"tests/a.py": "pass\n"}),
        *(Case(names, {f"ops/string_{name.lower()}.h": ""}, "the file's name says nothing", {"ops/string.h": ""})
          for name in empty),
    ]


def size_cases():
    sizes = source_checks.check_sizes
    header, source = rules.HEADER_LINES, rules.SOURCE_LINES
    python = "def long():\n" + "    step()\n" * rules.FUNCTION_LINES
    return [
        Case(sizes, {"ops/a.cc": LONG_FUNCTION}, f"sum has {rules.FUNCTION_LINES + 1} lines",
             {"ops/a.cc": SHORT_FUNCTION}, line=1),
        Case(sizes, {"ops/a.h": "//\n" * (header + 1)}, f"the guide is {header}", {"ops/a.h": "//\n" * header}),
        Case(sizes, {"ops/a.cc": "//\n" * (source + 1)}, f"the guide is {source}", {"ops/a.cc": "//\n" * source}),
        Case(sizes, {"tests/a.py": python}, "long has", {"tests/a.py": python.replace("    step()\n", "", 1)}, line=1),
        Case(source_checks.check_python, {"tests/a.py": "\ndef broken(:\n"}, "is no Python 3.11",
             {"tests/a.py": "def whole():\n    pass\n"}, line=2),
        Case(source_checks.check_columns, {"ops/a.cc": "\n//" + "x" * 120 + "\n"}, "122 columns",
             {"ops/a.cc": "//" + "x" * 118 + "\n"}, line=2),
    ]


def text_cases():
    words, sleep = source_checks.check_forbidden_words, source_checks.check_no_sleep
    codes, table = source_checks.check_error_codes, 'TALLYMILL_ERROR_CODE(bad_day, record, "a bad day")\n'
    nap = "sle" "ep"
    return [
        *(Case(words, {"README.md": f"one\nsee {word}x\n"}, "has no place in the project", {"README.md": "see x\n"}, 2)
          for word in rules.FORBIDDEN_WORDS),
        *(Case(sleep, {path: f"{text}\n"}, "waits for a time", {path: "wait_until(condition)\n", "ops/a.cc": text}, 1)
          for path, text in [("tests/a.cc", f"std::this_thread::{nap}_for(1s);"), ("tests/a.cc", f"u{nap}(1);"),
                             ("tests/a.py", f"time.{nap}(1)"), ("tests/run", f"  {nap} 5"), (".ci/run", f"{nap} $n")]),
        Case(codes, {"topology/base/error_codes.def": table, "ops/a.cc": "// ErrorCode::bad_day\n"}, "raised nowhere",
             {"topology/base/error_codes.def": table, "ops/a.cc": "return ErrorCode::bad_day;\n"}, line=1),
    ]


def readme_cases():
    readmes, named = document_checks.check_readmes, document_checks.check_files_named
    own = {"topology/README.md": "", "topology/data/README.md": "`row_codec.{h,cc}`"}
    return [
        Case(readmes, {"topology/data/row.h": "", "topology/README.md": ""}, "has no README.md",
             {"topology/data/row_codec.h": "", **own}),
        Case(readmes, {"topology/data/row.h": "", **own}, "does not name row",
             {"topology/data/row_codec.cc": "", **own}),
        Case(readmes, {"tests/chaos/a.py": "", "tests/README.md": ""}, "has no README.md",
             {"tests/chaos/a.py": "", "tests/README.md": "", "tests/chaos/README.md": ""}),
        Case(named, {"README.md": "read\n`data/row.{h,cc}`", "a/data/row.h": ""}, "names data/row.cc",
             {"README.md": "`data/row.h` and `row.h`", "a/data/row.h": ""}, line=2),
    ]


def document_cases():
    links, scenarios = document_checks.check_links, document_checks.check_scenarios
    return [
        Case(document_checks.check_top_level, {"notes.txt": ""}, "has no place at the top level", {"LICENSE": ""}),
        Case(document_checks.check_top_level, {"src/a.cc": ""}, "has no place at the top level", {"ops/a.cc": ""}),
        Case(links, {"README.md": "\n[a](ops/a.h)\n"}, "the link to ops/a.h leads nowhere",
             {"README.md": "[a](ops/a.h) [b](ops) [c](https://example.org/x) `[d](e)`\n", "ops/a.h": ""}, line=2),
        Case(links, {"ops/README.md": "![a](../b.png)\n"}, "leads nowhere",
             {"ops/README.md": "![a](../b.png)\n", "b.png": ""}),
        Case(links, {"README.md": "[a](../../outside.md)\n"}, "leads nowhere", {"README.md": "none\n"}),
        Case(links, {"README.md": "[a](#first-taste)\n# Other\n"}, "no heading #first-taste",
             {"README.md": "[a](#first-taste-now)\n# First taste: `now`\n"}),
        Case(document_checks.check_metric_names,
             {"grafana/METRICS.md": "| `tallymill_a` |\n", "grafana/b.yml": "rate(tallymill_b[1m])"},
             "there is no metric tallymill_b",
             {"grafana/METRICS.md": "| `tallymill_a` |\n", "README.md": "tallymill_a and tallymill_a_bucket"}),
        Case(document_checks.check_shared_scene, shared_scene("      - ./scene/nothing.yml:/x:ro\n"),
             "mounts deploy/scene/nothing.yml, which is not there", shared_scene("")),
        Case(document_checks.check_shared_scene,
             shared_scene("") | {"deploy/scene/other.yaml": "", "deploy/compose.yaml":
                                 shared_scene("")["deploy/compose.yaml"].replace("engine", "other")},
             "does not mount deploy/scene/engine.yaml", shared_scene("")),
        Case(document_checks.check_shared_scene,
             shared_scene("") | {"deploy/demo.py": shared_scene("")["deploy/demo.py"].replace("engine.yaml", "")},
             "never names engine.yaml", shared_scene("")),
        Case(scenarios, {"tests/scenarios/a/b.yaml": "topology: x\n"}, "says what the scenario shows",
             {"tests/scenarios/a/b.yaml": "# A late row is kept.\n"}, line=1),
        Case(scenarios, {"tests/scenarios/a.yaml": "#\ntopology: x\n"}, "says what", {"tests/a.yaml": "topology: x\n"}),
    ]


def shared_scene(more):
    """A tree with all that the native demo and the containers share, and more lines of mounts."""
    mounts = "".join(f"      - ./{posixpath.relpath(path, 'deploy')}:/x:ro\n" for path in rules.SHARED_SCENE)
    return {path: "" for path in rules.SHARED_SCENE} | {
        "deploy/compose.yaml": mounts + more, "deploy/demo.py": " ".join(rules.SHARED_SCENE.values())}


class TreeTest(unittest.TestCase):
    """Gives each test a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def tree(self, files, name="tree"):
        root = self.root / name
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        return SourceTree(root)


class EachCheckCanFail(TreeTest):
    def test_bad_tree_is_found_and_good_tree_is_not(self):
        for number, case in enumerate(case_list()):
            with self.subTest(check=case.check.__name__, says=case.says):
                findings = list(case.check(self.tree(case.bad, f"bad{number}")))
                self.assertEqual(len(findings), 1, findings)
                self.assertIn(case.says, str(findings[0]))
                if case.line:
                    self.assertEqual(findings[0].line, case.line)
                self.assertEqual(list(case.check(self.tree(case.good, f"good{number}"))), [])

    def test_every_check_has_a_case(self):
        checks = {*source_checks.SOURCE_CHECKS, *document_checks.DOCUMENT_CHECKS}
        with_own_test = {source_checks.check_scripts}
        self.assertEqual(checks - with_own_test - {case.check for case in case_list()}, set())

    def test_every_top_level_function_named_check_is_listed(self):
        listed = {*source_checks.SOURCE_CHECKS, *document_checks.DOCUMENT_CHECKS, document_checks.check_topologies,
                  document_checks.check_metric_reference}
        for module in (source_checks, document_checks):
            defined = {value for name, value in vars(module).items() if name.startswith("check_")}
            self.assertEqual(defined - listed, set())

    def test_scripts_and_executable_bits_agree(self):
        tree = self.tree({"tests/run": "#!/bin/sh\n", "README.md": "x"})
        (self.root / "tree/README.md").chmod(0o755)
        messages = sorted(str(finding) for finding in source_checks.check_scripts(tree))
        self.assertEqual(len(messages), 2)
        self.assertIn("README.md: is executable", messages[0])
        self.assertIn("tests/run: begins with #! and is not executable", messages[1])
        (self.root / "tree/README.md").chmod(0o644)
        (self.root / "tree/tests/run").chmod(0o755)
        self.assertEqual(list(source_checks.check_scripts(tree)), [])

    def test_the_reference_of_metrics_is_what_the_binary_prints(self):
        binary = self.root / "tallymill"
        binary.write_text("#!/bin/sh\necho a table\n", encoding="utf-8")
        binary.chmod(0o755)
        for text, count in (("a table\n", 0), ("an old table\n", 1)):
            tree = self.tree({"grafana/METRICS.md": text})
            self.assertEqual(len(list(document_checks.check_metric_reference(tree, binary))), count)

    def test_topologies_of_documents_and_deploy_are_linted(self):
        lint = self.root / "lint"
        lint.write_text('#!/bin/sh\nif grep -q broken "$2"; then echo "$2:2:1: error"; exit 1; fi\n', encoding="utf-8")
        lint.chmod(0o755)
        tree = self.tree({
            "deploy/topologies/good.yaml": "version: 1\n", "deploy/topologies/bad.yaml": "version: 1\nbroken: 1\n",
            "README.md": "Text\n```yaml\n# A comment\nversion: 1\nbroken: 2\n```\n```yaml\nbroken: no topology\n```\n"})
        findings = list(document_checks.check_topologies(tree, lint))
        self.assertEqual([(finding.path, finding.line) for finding in findings],
                         [("deploy/topologies/bad.yaml", 0), ("README.md", 3)])
        self.assertIn("topology:2:1: error", findings[0].message)


class Ratchet(TreeTest):
    def check(self, exceptions, text):
        with mock.patch.object(rules, "SIZE_EXCEPTIONS", exceptions):
            return [finding.message for finding in source_checks.check_sizes(self.tree({"ops/a.cc": text}))]

    def test_an_exception_allows_todays_size(self):
        self.assertEqual(self.check({"ops/a.cc:sum": 71}, LONG_FUNCTION), [])

    def test_an_exception_allows_no_more(self):
        self.assertEqual(len(self.check({"ops/a.cc:sum": 71}, LONG_FUNCTION.replace("}", "\n}"))), 1)

    def test_an_exception_must_shrink_with_the_function(self):
        self.assertIn("lower its row", self.check({"ops/a.cc:sum": 80}, LONG_FUNCTION)[0])

    def test_an_exception_goes_when_the_guide_is_met(self):
        self.assertIn("remove its row", self.check({"ops/a.cc:sum": 71}, SHORT_FUNCTION)[0])
        self.assertIn("remove its row", self.check({"ops/gone.cc": 600}, SHORT_FUNCTION)[0])


class FunctionSizes(unittest.TestCase):
    def sizes(self, text):
        return [(name, lines) for name, _, lines in cpp_functions(code_only(text))]

    def test_members_initializers_and_templates(self):
        self.assertEqual(self.sizes(
            "namespace a {\nclass B final : public C {\n public:\n  B(int x = {}) : a_{x}, b_{\n      2} {\n  }\n"
            "  int one() const { return 1; }\n  int c_{1};\n};\ntemplate <class T, class U = V<T>>\nT made(T t) {\n"
            "  struct Q { int a; } q{1};\n  return [&] { return t; }();\n}\n}\n"),
            [("B", 3), ("one", 1), ("made", 5)])

    def test_tables_classes_and_literals_are_no_functions(self):
        self.assertEqual(self.sizes(
            'constexpr E table[] = {\n    {"x(", f(1), {1, 2}},\n};\nstruct alignas(16) W {\n  int f();\n};\n'
            'const auto text = R"x(\nint f() {\n)x";\n// int g() {\n#define M(a) h(a) {\nconst int n = 1\'000;\n'), [])

    def test_tests_are_named_whole(self):
        self.assertEqual(self.sizes("TEST(Suite,\n     does_it) {\n  run('}');\n}\n"), [("TEST(Suite, does_it)", 4)])

    def test_python(self):
        self.assertEqual(python_functions("class A:\n    def f(self):\n        return 1\n"), [("f", 2, 2)])


class Hardening(TreeTest):
    SOURCE = ("#include <cstdio>\n#include <cstring>\n#include <vector>\nint main(int count, char** words) {\n"
              "  char copy[16];\n  std::strcpy(copy, words[0]);\n  std::vector<int> numbers(count);\n"
              '  std::printf("%d", numbers[std::strlen(copy)]);\n}\n')
    HARD = ["-fPIE", "-pie", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=3", "-D_GLIBCXX_ASSERTIONS",
            "-Wl,-z,relro,-z,now,-z,noexecstack"]
    SOFT = ["-fno-pie", "-no-pie", "-fno-stack-protector", "-Wl,-z,norelro,-z,lazy,-z,execstack"]

    def missing(self, flags):
        source = self.root / "main.cc"
        source.write_text(self.SOURCE, encoding="utf-8")
        subprocess.run(["g++", "-O2", "-w", *flags, source, "-o", self.root / "main"], check=True)
        return hardening_check.missing_protections(str(self.root / "main"))

    def test_each_protection_is_seen_and_missed(self):
        self.assertEqual(self.missing(self.HARD), [])
        self.assertEqual(len(self.missing(self.SOFT)), len(hardening_check.EXPECTED))


class Command(TreeTest):
    def run_check(self, files):
        self.tree(files)
        return subprocess.run([sys.executable, FOLDER / "tidy_check.py", "--root", self.root / "tree"],
                              capture_output=True, text=True, check=False)

    def test_ends_with_1_and_one_line_for_a_finding(self):
        ended = self.run_check({"notes.txt": ""})
        self.assertEqual(ended.returncode, 1)
        self.assertIn("notes.txt: has no place at the top level", ended.stdout)

    def test_ends_with_0_and_says_what_it_skipped(self):
        ended = self.run_check({"LICENSE": ""})
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertIn("SKIPPED: check_topologies", ended.stdout)


if __name__ == "__main__":
    unittest.main()
