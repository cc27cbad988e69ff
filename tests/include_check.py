"""Which layer may include which: the layers of ARCHITECTURE.md, checked on the text of every source file. Also the
names of tests, and names that clash when the release compiles the sources of a layer together.

usage: include_check.py ROOT
"""

import pathlib
import re
import sys

# For each layer: the layers that it may include, itself among them. A name with a slash is a single file.
LAYERS = {
    "base": {"base"},
    "core": {"core", "base"},
    "nats": {"nats", "core", "base"},
    "jetstream": {"jetstream", "core", "base"},
    "ports": {"ports", "core", "base"},
    "app": {"app", "jetstream", "ports", "core", "base"},
    "io": {"io", "ports", "nats", "core", "base"},
    "tls": {"tls", "io/tls_module.h"},
    "check": {"check", "io", "app", "jetstream", "ports", "nats", "core", "base"},
    "cli": {"cli", "check", "io", "app", "jetstream", "ports", "nats", "core", "base"},
    "fleet": {"fleet", "check", "io", "app/bus_dispatch.h", "app/stream_client.h", "app/turns.h", "jetstream", "ports",
              "nats", "core", "base"},
    "completions": {"completions", "core/value_kind.h", "cli/help.h", "cli/mode_table.h", "cli/option_table.h",
                    "fleet/command_line.h"},
}
# the fakes in tests/support: usable without any outside thing
SUPPORT = {"support", "ports", "jetstream", "core", "base"}

# Layers without the outside world: of the headers in angle brackets, the standard library and what is named here.
PURE = {
    "base": {"fmt/format.h", "nlohmann/json.hpp"},
    "core": {"fmt/format.h"},
    "nats": {"fmt/format.h", "nlohmann/json.hpp"},
    "jetstream": {"fmt/format.h"},
    "ports": set(),
    "app": {"fmt/format.h"},
}
STANDARD = set(
    """algorithm array atomic bit charconv chrono cstddef cstdint cstdlib cstring deque functional initializer_list
    iterator limits map memory new numeric optional random set span string string_view tuple type_traits unordered_map
    unordered_set utility variant vector""".split()
)
SODIUM = {"src/core/keys.cc", "src/core/keys_test.cc"}

# Static initialisers, tables and megabytes that every start would pay for.
NEVER = {"iostream", "regex", "locale"}
# One use links std::locale in, all its facets and 1,500 relocations with it: not in the program that starts most often.
STREAMS = {"fstream", "sstream", "istream", "ostream", "iomanip", "streambuf", "filesystem"}
STREAMS_IN = {"fleet", "completions", "support", None}

SUITE = re.compile(r"^(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+)", re.MULTILINE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)


# What a line in an unnamed namespace defines. Functions may be overloaded.
SPACE = re.compile(r"^namespace ([\w:]+) \{\n(?:\s|using [^;]+;)*^namespace \{\n(.*?)^\}  // namespace$",
                   re.MULTILINE | re.DOTALL)
DEFINITIONS = [
    re.compile(r"^(?:constexpr|const) [^=({;]*?\b(k[A-Z]\w*)[\[\]\w]* ?[={;]", re.MULTILINE),
    re.compile(r"^constexpr [^;]*, (k[A-Z]\w*) = ", re.MULTILINE),
    re.compile(r"^(?:class|struct|enum class) (\w+)[^;]*\{", re.MULTILINE),
    re.compile(r"^(using \w+ = [^;]+);", re.MULTILINE),
    re.compile(r"^\w[^=;\n]* (\w+\([^()]*\))(?: noexcept)? \{", re.MULTILINE),
]


def own_names(text):
    """The names that a source file defines for itself, with the namespace: using, functions with their parameters'
    types."""
    for space, body in SPACE.findall(text):
        for name in (name for definition in DEFINITIONS for name in definition.findall(body)):
            yield space, re.sub(r"\s*\b\w+(?=[,)])", "", name)


def meetings(texts):
    """Names that two files of one layer define; `texts` by path. The same `using` twice is fine, two meanings are
    not."""
    seen = {}
    for path, text in texts.items():
        folder = path.rsplit("/", 1)[0]
        for space, name in set(own_names(text)):
            if name.startswith("using "):
                name, meaning = name.removeprefix("using ").split(" = ")
            else:
                meaning = path
            before = seen.setdefault((folder, space, name), (path, meaning))
            if before[1] != meaning:
                yield f"{path}: {name} is also defined in {before[0]}"


def faults(path, text):
    """The faults in the file of this path (from the root, with slashes) and text."""
    parts = path.split("/")
    test = path.endswith(("_test.cc", "_fixture.h")) or parts[0] == "tests"
    layer = "support" if parts[:2] == ["tests", "support"] else parts[1] if parts[0] == "src" else None
    if layer is not None and layer not in LAYERS and layer != "support":
        yield f"{path}: no such layer: {layer}"
        return
    allowed = SUPPORT if layer == "support" else LAYERS.get(layer)
    if test and layer in ("app", "io", "jetstream"):
        allowed = allowed | {"support"}
    elif test and layer in LAYERS:
        allowed = allowed | {"support/test_messages.h"}

    if path.endswith(".h") and "#pragma once" not in text:
        yield f"{path}: no #pragma once"
    for suite in SUITE.findall(text):
        if not path.endswith("_test.cc") or not suite.endswith("Test"):
            yield f"{path}: a test of suite {suite}: files are *_test.cc, suites *Test"
    for quote, name in INCLUDE.findall(text):
        if name in NEVER or (name in STREAMS and layer not in STREAMS_IN and not test):
            yield f"{path}: <{name}> is not used here"
        if quote == '"':
            if allowed is not None and name.split("/")[0] not in allowed and name not in allowed:
                yield f"{path}: {layer} may not include {name}"
        elif name == "sodium.h":
            if path not in SODIUM:
                yield f"{path}: <sodium.h> is for core/keys.cc"
        elif layer in PURE and name not in STANDARD and name not in PURE[layer]:
            if not (test and name.startswith(("gtest/", "nlohmann/"))):
                yield f"{path}: {layer} may not include <{name}>"


# Faults that the check must find; a check that never finds any proves nothing.
WRONG = [
    ("src/base/x.cc", '#include "core/keys.h"\n'),
    ("src/core/x.cc", '#include "nats/parser.h"\n'),
    ("src/core/x.cc", "#include <unistd.h>\n"),
    ("src/core/x_test.cc", "TEST(X, Holds) {}\n"),
    ("src/core/x.cc", "TEST(XTest, Holds) {}\n"),
    ("src/core/x.cc", "#include <sodium.h>\n"),
    ("src/core/x_test.cc", '#include "support/fake_clock.h"\n'),
    ("src/core/x.h", "#include <string>\n"),
    ("src/ports/x.cc", '#include "app/send.h"\n'),
    ("src/jetstream/x.cc", '#include "nats/parser.h"\n'),
    ("src/jetstream/x.cc", '#include "ports/clock.h"\n'),
    ("src/nats/x.cc", '#include "ports/bus.h"\n'),
    ("src/nats/x.cc", "  #  include <sys/socket.h>\n"),
    ("src/app/x.cc", '#include "io/subprocess.h"\n'),
    ("src/app/x.cc", '#include "nats/parser.h"\n'),
    ("src/app/x.cc", '#include "support/fake_clock.h"\n'),
    ("src/io/x.cc", '#include "app/send.h"\n'),
    ("src/io/x.cc", "#include <iostream>\n"),
    ("src/io/x.cc", "#include <fstream>\n"),
    ("src/io/x.cc", '#include "check/check_node.h"\n'),
    ("src/check/x.cc", '#include "fleet/hub_checks.h"\n'),
    ("src/tls/x.cc", '#include "io/tls.h"\n'),
    ("src/cli/x.cc", '#include "fleet/hub_checks.h"\n'),
    ("src/fleet/x.cc", '#include "cli/command_line.h"\n'),
    ("src/fleet/x.cc", '#include "app/send.h"\n'),
    ("src/helpers/x.cc", ""),
    ("tests/support/x.cc", '#include "io/subprocess.h"\n'),
    ("tests/contract/x.cc", "#include <regex>\n"),
]


MEET = [("constexpr int kFew = 3;", "constexpr int kFew = 4;"), ("struct Row {\n};", "class Row {\n};"),
        ("int few(int a) {\n}", "int few(int b) {\n}"), ("using Row = int;", "using Row = char;")]


def main():
    root = pathlib.Path(sys.argv[1])
    for path, text in WRONG:
        if not list(faults(path, text)):
            sys.exit(f"include_check: does not see what is wrong with {path}: {text!r}")

    around = "namespace remaphore {\nnamespace {\n%s\n}  // namespace\n"
    behind_a_using = around.replace("namespace {", "\nusing std::string;\n\nnamespace {")
    for first, second in MEET:
        if not list(meetings({"src/core/a.cc": around % first, "src/core/b.cc": behind_a_using % second})):
            sys.exit(f"include_check: does not see that {first!r} and {second!r} meet")

    files = [p for folder in ("src", "tests") for p in sorted((root / folder).rglob("*")) if p.suffix in (".h", ".cc")]
    missing = set(LAYERS) - {p.relative_to(root).parts[1] for p in files}
    if missing:
        sys.exit(f"include_check: no files of {', '.join(sorted(missing))} under {root}")
    found = [f for p in files for f in faults(p.relative_to(root).as_posix(), p.read_text(encoding="utf-8"))]
    layers = {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in files if p.suffix == ".cc"}
    found += meetings({path: text for path, text in layers.items()
                       if path.startswith("src/") and not path.endswith(("_test.cc", "/main.cc"))
                       and path.split("/")[1] not in ("tls", "completions")})
    print("\n".join(found + [f"include_check: {len(files)} files, {len(found)} faults"]))
    sys.exit(1 if found else 0)


main()
