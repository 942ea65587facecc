"""scripts/bench measures what is built and says it in a table and in JSON."""
import json
import os
import subprocess

from house import BIN, ROOT


def bench(*arguments):
    return subprocess.run([ROOT / "scripts" / "bench", "--no-build", *map(str, arguments)], capture_output=True,
                          text=True, timeout=120, env={**os.environ, "VOTE_BIN": str(BIN)})


def test_a_part_is_measured_against_its_goal(tmp_path):
    done = bench("--quick", "--only", "constant", "--json", tmp_path / "figures.json")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "figures.json").read_text())
    (figure,) = found["figures"]
    kept = found["constant"]["kept"]
    assert kept["per_second"] > 0 and kept["statuses"].keys() == {"200"}
    assert figure["reached"] == (kept["per_second"] >= int(figure["goal"].strip(">= /s").replace(",", "")))
    assert figure["what"] in done.stdout and figure["measured"] in done.stdout


def test_an_unknown_part_is_refused():
    done = bench("--only", "luck")
    assert done.returncode == 2 and "luck" in done.stderr
