"""The source tree as the tidy checks see it."""
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIB = ROOT / "lib"
BUILD = pathlib.Path(os.environ.get("VOTE_BUILD_DIR", ROOT / "build" / "dev"))
PROGRAMS = sorted(path.stem for path in (ROOT / "cmd").glob("*.cpp"))


def name_of(path):
    return str(path.relative_to(ROOT))


def sources(*folders, suffixes=(".cpp", ".h")):
    """C++ files below these folders of the tree, sorted."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    return sorted(path for path in found if path.suffix in suffixes)


def product_files():
    """Every text file that people maintain here."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = parts[0] in ("build", ".git") or "__pycache__" in parts or ".pytest_cache" in parts
        if path.is_file() and not hidden and path.suffix not in (".csv", ".pyc"):
            yield path


def without_comments(text):
    """The same lines with comments blanked; string literals are left alone."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)

    def blank(match):
        found = match.group()
        return found if found.startswith('"') else re.sub(r"[^\n]", " ", found)

    return pattern.sub(blank, text)
