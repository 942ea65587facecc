"""The README's tour: every command is run as printed, in one shell, in order."""
import os
import re
import shutil
import signal
import subprocess

import pytest

from house import BIN, ROOT

pytestmark = pytest.mark.embedded


def tour():
    """The commands of the blocks marked sh, one by one (a here-document is one)."""
    text = (ROOT / "README.md").read_text()
    return re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Walks the tour in a copy of the tree whose release build is the build under test."""
    tree = tmp_path_factory.mktemp("tree")
    (tree / "build" / "release").mkdir(parents=True)
    (tree / "build" / "release" / "bin").symlink_to(BIN)
    (tree / "tmp").mkdir()
    shutil.copytree(ROOT / "examples", tree / "examples")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VOTE_")}
    script = "set -e -o pipefail\nset -m\n" + "".join(
        f"echo '## {number}'\n{block}" for number, block in enumerate(tour()))
    shell = subprocess.Popen(["bash", "-c", script], cwd=tree, text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True,
                             env={**environment, "HOME": str(tree), "TMPDIR": str(tree / "tmp")})
    try:
        out, err = shell.communicate(timeout=120)
    finally:
        stop_session(shell.pid)
    print(out, err)
    parts = re.split(r"^## \d+\n", out, flags=re.M)[1:]
    return shell.returncode, parts, err


def stop_session(session):
    """Ends whatever the tour left in its session: the jobs have process groups of their own."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            if os.getsid(int(entry)) == session:
                os.kill(int(entry), signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def test_every_command_ends_well(walked):
    status, parts, err = walked
    assert status == 0, err
    assert len(parts) == len(tour())


def test_the_tour_shows_what_it_says(walked):
    _, parts, err = walked
    assert "ada" in parts[1] and "Fish & chips" in parts[1]
    assert re.search(r"refused with status [1-9]", parts[2]) and "Noodles" in parts[2]
    assert [line.split("\t") for line in parts[3].splitlines()[-3:]] == [
        ["3", "Noodles"], ["1", "Soup"], ["1", "Fish & chips"]]
    assert "[5,false]" in parts[4] and "cast|5" in parts[4]


def test_the_tour_ends_with_each_vote_counted_once(walked):
    _, parts, _ = walked
    counted = {words[1]: words[2] for line in parts[5].splitlines()
               if len(words := line.split("\t")) >= 3 and words[0].isdigit()}
    assert counted == {"Soup": "3", "Noodles": "3", "Fish & chips": "1"}


def test_the_tour_ends_with_final_results_and_a_poll_that_can_be_imported(walked):
    _, parts, err = walked
    assert parts[6].splitlines()[-1] == "true", parts[6]
    assert "7 cast" in re.sub(" +", " ", parts[7]) and parts[7].splitlines()[0] == "0"
    assert "poll.ndjson can be imported: 'Where do we eat?', 7 ballots" in err, err
