"""Each defect that tests/fault/planted/run plants still fits the code whose rule it takes away."""
import pytest

from tree import ROOT

PATCHES = sorted((ROOT / "tests" / "fault" / "planted").glob("*.patch"))


def hunks(patch):
    """Of each: the file, and the lines that have to be there."""
    file, lines = None, []
    for line in patch.read_text().splitlines(keepends=True):
        if line.startswith("--- a/"):
            file = line[len("--- a/"):].split()[0]
        elif line.startswith("@@"):
            lines = []
            yield file, lines
        elif file and line[0] in " -" and not line.startswith("--- "):
            lines.append(line[1:])


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_a_planted_defect_fits_the_code(patch):
    found = list(hunks(patch))
    assert found, "it changes nothing"
    for file, lines in found:
        assert "".join(lines) in (ROOT / file).read_text(), f"{file}: {''.join(lines)}"


def test_there_are_planted_defects():
    assert PATCHES
