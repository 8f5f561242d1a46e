"""The tables behind tidy_check.py: what may stand where, and how large it may be.

To allow something new, add a row with its reason here; the checks themselves do not change.
"""

TOP_LEVEL = {
    "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE", "topology", "ops", "processor", "tests", "deploy",
    "grafana", ".clang-format", ".clang-tidy", ".editorconfig", ".gitignore", ".dockerignore", ".ci",
}

# What the native demo and the containers share, and by what name the native one finds it.
SHARED_SCENE = {
    "deploy/scene/connector.json": "connector.json",
    "deploy/scene/engine.yaml": "engine.yaml",
    "deploy/scene/transactions.sql": "transactions.sql",
    "deploy/scene/prometheus.yml": "scene/prometheus.yml",
    "deploy/topologies/spend_per_user.yaml": "spend_per_user.yaml",
    "deploy/topologies/spend_per_merchant.yaml": "spend_per_merchant.yaml",
    "grafana/prometheus/alerts.yml": "grafana/prometheus/alerts.yml",
}

# A top folder and those whose headers it may include.
LAYERS = {
    "topology": {"topology"},
    "ops": {"ops", "topology"},
    "processor": {"processor", "ops", "topology"},
    "tests": {"tests", "processor", "ops", "topology"},
}

# A library's include prefix and the only folders of the engine that may name it. One place each, so that a library
# can be replaced, and its compile cost is paid once.
LIBRARY_PLACES = {
        "librdkafka/": ("processor/kafka/",),
    "spdlog/": ("processor/logging/",),
    "boost/asio": ("processor/admin/",),
    "boost/beast": ("processor/admin/",),
    "prometheus/": ("processor/metrics/",),
    "yaml-cpp/": ("topology/spec/",),
    "simdjson": ("processor/codec/", "processor/kafka/unstable_records"),  # statistics are JSON
    "boost/multiprecision/": ("topology/data/",),
    "re2/": ("topology/expr/",),
    "CLI/": ("processor/app", "processor/commands/"),
    "zlib": ("processor/commands/pipe/",),
}

# Headers inside the engine that only some of its files may include: the concrete parts are named in one place.
INTERNAL_PLACES = {
        "processor/kafka/": ("processor/kafka/", "processor/app."),
    "processor/admin/": ("processor/admin/", "processor/app."),
    "processor/metrics/": ("processor/metrics/", "processor/admin/", "processor/app"),
}

# Names that say nothing about what a class does.
EMPTY_NAMES = ("Manager", "Handler", "Helper", "Helpers", "Util", "Utils", "Common", "Processor")

FUNCTION_LINES = 70
HEADER_LINES = 250
SOURCE_LINES = 500
LINE_COLUMNS = {".h": 120, ".cc": 120, ".def": 130, ".py": 120}

# The ratchet: "path" or "path:function" and the size it has today. An entry may only shrink, and goes when the guide is
# met. The aim is an empty table.
SIZE_EXCEPTIONS = {}

# Words that belong to the machines this is developed on and not to the project. Written in pieces, so that this
# file does not contain them.
FORBIDDEN_WORDS = (
    "/wo" "rk/", "/fa" "rm/", "/ro" "ot/", "fa" "rm-bench", "fa" "rm-studio", "/.lib" "rary", "TO" "DO", "FIX" "ME",
    "deb.deb" "ian.org", "repo.ma" "ven.", "py" "pi.org", "registry.np" "mjs", "proxy.go" "lang.org",
)

# A test waits for a condition, never for a time.
SLEEPS = (r"\bsle" r"ep_for\b", r"\bsle" r"ep_until\b", r"\b(u|nano)?sle" r"ep\s*\(", r"^\s*sle" r"ep\s+[\d$]")
