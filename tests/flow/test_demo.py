"""The README's first command, on the programs under test: it votes real ballots and compares each count."""
import os
import shutil
import subprocess
import sys

import pytest

from house import BIN, ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from cluster.kafka import CACHE  # noqa: E402

pytestmark = pytest.mark.embedded


@pytest.fixture
def tree(tmp_path):
    """A copy of what the demo reads, whose release build is the build under test."""
    for folder in ("scripts", "examples"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "scripts" / "build").write_text("#!/bin/sh\n")  # it is built
    (tmp_path / "build" / "release").mkdir(parents=True)
    (tmp_path / "build" / "release" / "bin").symlink_to(BIN)
    (tmp_path / "tmp").mkdir()
    return tmp_path


@pytest.mark.parametrize("flags", [[], ["--distributed"]])
def test_the_demo_counts_every_ballot_of_the_file(tree, flags):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VOTE_")}
    done = subprocess.run([tree / "scripts" / "demo", *flags], capture_output=True, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, cwd=tree,
                          env={**environment, "KAFKA_CACHE": str(CACHE),
                               "HOME": str(tree), "TMPDIR": str(tree / "tmp")})
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "all 36 options have exactly the file's own counts" in done.stdout, done
    assert "valid first choices 79,174 79,174 79,174" in " ".join(done.stdout.split()), done
    assert list((tree / "tmp").iterdir()) == [], "it leaves nothing behind"


def test_the_demo_says_how_it_is_used(tree):
    done = subprocess.run([tree / "scripts" / "demo", "--help"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and done.stdout.splitlines()[-1].startswith("# Exit status"), done
