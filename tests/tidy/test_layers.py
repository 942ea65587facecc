"""Folders of lib include only what stands below them; backends are named in one place."""
import re

from tree import LIB, ROOT, name_of, sources

# From the top to the bottom; folders of one row do not see each other, except as ALSO says.
LAYERS = [
    {"program"}, {"command"}, {"load"}, {"api"}, {"client"}, {"reconcile"}, {"process"}, {"ingest"},
    {"guard"}, {"account"}, {"http"}, {"store", "queue", "cache"}, {"sqlite", "postgres"}, {"runtime"},
    {"log", "metrics", "config"}, {"vote"},
]
# The store remembers positions in the queue, so its port speaks of them.
ALSO = {("store", "queue")}
RANK = {folder: rank for rank, row in enumerate(LAYERS) for folder in row}
BACKENDS = [f"{port}/{folder.name}" for port in ("store", "queue", "cache")
            for folder in (LIB / port).iterdir() if folder.is_dir()]


def includes(path):
    text = path.read_text()
    return [(number, match.group(1)) for number, line in enumerate(text.splitlines(), 1)
            if (match := re.match(r'\s*#\s*include\s+"([^"]+)"', line))]


def may_see(folder, other):
    return folder == other or RANK[other] > RANK[folder] or (folder, other) in ALSO


def test_every_folder_of_lib_has_its_place():
    assert {folder.name for folder in LIB.iterdir() if folder.is_dir()} <= set(RANK)


def test_folders_include_only_what_stands_below_them():
    wrong = []
    for path in sources("lib"):
        folder = path.relative_to(LIB).parts[0]
        for number, included in includes(path):
            other = included.split("/")[0]
            if other not in RANK or not may_see(folder, other):
                wrong.append(f"{name_of(path)}:{number}: {included}")
    assert not wrong


def test_includes_start_at_lib():
    wrong = [f"{name_of(path)}:{number}: {included}" for path in sources("lib", "cmd")
             for number, included in includes(path) if not (LIB / included).is_file()]
    assert not wrong


def test_backends_are_named_only_by_the_table_of_backends():
    wrong = []
    for path in sources("lib", "cmd"):
        place = name_of(path)
        for number, included in includes(path):
            backend = "/".join(included.split("/")[:2])
            at_home = place.startswith((f"lib/{backend}/", "lib/program/backend/"))
            if backend in BACKENDS and not at_home:
                wrong.append(f"{place}:{number}: {included}")
    assert not wrong


def test_no_other_source_knows_a_backend_by_name():
    """The configuration has their defaults, and the section that it hands through."""
    word = re.compile("sqlite|postgres|kafka|redis", re.I)
    at_home = re.compile(r"lib/(sqlite|postgres|config|program/backend|\w+/(sqlite|postgres|kafka|redis))/")
    assert [name_of(path) for path in sources("lib", "cmd")
            if not at_home.match(name_of(path)) and word.search(path.read_text())] == []


def test_the_domain_includes_no_header_that_does_io():
    io = re.compile(r"#\s*include\s+<(fstream|iostream|thread|mutex|sys/|unistd|cstdio|filesystem)")
    assert [name_of(path) for path in sources("lib/vote") if io.search(path.read_text())] == []


def test_the_top_level_holds_what_was_agreed():
    agreed = {"CMakeLists.txt", "cmd", "lib", "man", "completions", "sql", "examples", "tests", "scripts", "build",
              "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CMakePresets.json"}
    assert {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} <= agreed


def test_no_folder_is_a_drawer_for_everything():
    drawers = {"utils", "util", "helper", "helpers", "manager", "misc", "common"}
    found = [name_of(path) for top in ("lib", "cmd", "tests", "sql", "scripts")
             for path in (ROOT / top).rglob("*") if path.stem in drawers]
    assert found == []
