"""The README promises only what is tested."""
import re

from tree import ROOT

README = ROOT / "README.md"


def blocks():
    return re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text(), re.M | re.S)


def test_each_block_of_the_readme_is_a_kind_that_a_test_knows():
    """`sh` is run by tests/flow/test_readme.py as printed, `text` is output, `console` is below."""
    assert {kind for kind, _ in blocks()} <= {"sh", "text", "console"}


def test_commands_outside_the_tour_are_those_two():
    commands = [line for kind, text in blocks() if kind == "console" for line in text.splitlines()]
    assert commands == ["./scripts/demo", "./scripts/test"]


def test_the_tour_is_there():
    assert sum(kind == "sh" for kind, _ in blocks()) >= 3


def test_paths_that_the_readme_names_exist():
    named = re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text())
    assert named and all((ROOT / path).exists() for path in named)
