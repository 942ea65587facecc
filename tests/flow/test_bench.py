"""scripts/bench measures what is built, and says it in a table and in JSON without flattering it."""
import json
import os
import subprocess
import sys
import xml.etree.ElementTree

import pytest

from house import BIN, ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from figures import house as benched  # noqa: E402
from figures.endurance import flat  # noqa: E402
from figures.live import delays_of  # noqa: E402
from figures.samples import quantile_ms  # noqa: E402
from figures.voting import Yardstick  # noqa: E402

pytestmark = pytest.mark.embedded

HOLDS = {"<": lambda value, goal: value < goal, ">=": lambda value, goal: value >= goal,
         "=": lambda value, goal: value == goal}


def bench(*arguments, **settings):
    return subprocess.run([ROOT / "scripts" / "bench", "--no-build", *map(str, arguments)], capture_output=True,
                          text=True, timeout=300, env={**os.environ, "VOTE_BIN": str(BIN), **settings})


def test_each_part_is_measured_and_shown_with_its_goal(tmp_path):
    parts = ["voting", "constant", "proof", "live", "limits"]
    done = bench("--tiny", "--json", tmp_path / "figures.json", "--only", *parts)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "figures.json").read_text())
    assert found["size"] == "tiny" and "TINY" in done.stdout
    assert all(found[part] and "not_run" not in found[part] for part in parts)
    for figure in found["figures"]:
        assert figure["what"] in done.stdout and figure["beside"] in done.stdout
        assert (figure["goal"] is None) == (figure["met"] is None), figure
        if figure["met"]:
            assert HOLDS[figure["sense"]](figure["value"], figure["goal"]), figure
    assert found["voting"]["sustained"]["counted"] == found["voting"]["sustained"]["accepted"] > 0
    assert found["proof"]["judge"]["verdict"] == "clean" and found["proof"]["exchange"]["equal"]
    assert any("SCALED" in figure["beside"] for figure in found["figures"])


def test_each_part_is_measured_on_real_servers(tmp_path):
    done = bench("--tiny", "--distributed", "--json", tmp_path / "figures.json", "--only", "held", "drain", "flight",
                 "none")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "figures.json").read_text())
    judged = found["held"]["judged"]
    assert judged["judge"]["verdict"] == "clean" and judged["judge"]["accepted"] == judged["run"]["accepted"] > 0
    # What the servers took stands beside what our programs took.
    assert {"vote-api", "vote-worker", "vote-loadgen", "postgres", "redis", "kafka1"} == \
        judged["run"]["cpu_us_per_vote"].keys()
    assert "kafka1" in done.stdout
    assert 0 < found["held"]["disk"]["bytes"] and found["drain"]["rounds"][0]["bare_per_s"] > 0
    assert 0 < found["flight"]["in_flight"] <= found["flight"]["sent"]
    assert found["flight"]["statuses"].keys() == {"201"}, "with the brokers stopped, the store records them"
    (pair,) = found["none"]["pairs"]
    assert pair["none"]["statuses"].keys() == {"201"} and pair["queue"]["statuses"].keys() == {"202"}
    assert pair["none"]["counted"] == pair["none"]["accepted"]


@pytest.mark.parametrize("engine", [[], ["--distributed"]])
def test_a_long_run_is_looked_at_all_the_time_and_drawn(engine, tmp_path):
    done = bench("--tiny", "--endurance", *engine, "--svg", tmp_path / "run.svg", "--json", tmp_path / "figures.json")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "figures.json").read_text())
    run = found["endurance"]
    figure = {each["what"]: each for each in found["figures"]}
    assert figure["counted of the accepted"]["met"] and figure["polls that are final"]["met"]
    assert figure["dead letters"]["met"] and sum(each["accepted"] for each in run["runs"]) > 0
    drawn = xml.etree.ElementTree.parse(tmp_path / "run.svg").getroot()
    names = {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    for quantity in ("memory", "files"):
        assert {"vote-api", "vote-worker", "vote-reconcile"} <= run["series"][quantity].keys() <= names
    for quantity in ("logs", "kept", "p99"):
        assert run["series"][quantity] and run["series"][quantity].keys() <= names, quantity
    assert ({"pg_wal", "topic"} if engine else {"vote.db-wal", "queue.db"}) <= names


def test_growth_is_told_from_what_comes_and_goes():
    found = {"settled_s": 300, "seconds": 1200}
    up_and_down = [(t, 100 + t % 20) for t in range(0, 1200, 5)]
    growing = [(t, 100 + t / 10) for t in range(0, 1200, 5)]
    settling = [(t, min(t, 300)) for t in range(0, 1200, 5)]
    assert [flat("it", "MiB", points, found, 16).met for points in (up_and_down, growing, settling)] == [
        True, False, True]


def test_a_quantile_is_of_what_was_counted_between_two_looks():
    before = {0.01: 100, 0.1: 100, float("inf"): 100}
    after = {0.01: 190, 0.1: 200, float("inf"): 200}
    assert quantile_ms(before, after, 0.5) == pytest.approx(10 * 50 / 90)
    assert quantile_ms(before, after, 0.99) == pytest.approx(10 + 90 * 9 / 10)
    assert quantile_ms(after, after, 0.99) is None


def test_a_peer_that_is_not_installed_is_named_and_no_failure(tmp_path):
    done = bench("--tiny", "--only", "peer", "--json", tmp_path / "figures.json", PATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    (figure,) = json.loads((tmp_path / "figures.json").read_text())["figures"]
    assert figure["value"] == "not run" and figure["met"] is None
    assert "redis-server" in figure["beside"] and "install-dependencies --bench" in figure["beside"]
    assert figure["beside"] in done.stdout


def test_a_part_that_cannot_be_measured_is_a_failure_and_leaves_the_others(tmp_path):
    (tmp_path / "vote-api").symlink_to(BIN / "vote-api")
    (tmp_path / "vote-loadgen").symlink_to(BIN / "vote-loadgen")  # and no vote-worker
    done = bench("--tiny", "--only", "live", "constant", "--json", tmp_path / "figures.json", VOTE_BIN=str(tmp_path))
    assert done.returncode == 1 and "vote-worker" in done.stderr
    first, *others = json.loads((tmp_path / "figures.json").read_text())["figures"]
    assert (first["what"], first["value"]) == ("live", "not run") and len(others) > 1
    assert all(figure["what"].startswith("load generator") for figure in others)


def test_an_unknown_part_is_refused():
    done = bench("--only", "luck")
    assert done.returncode == 2 and "luck" in done.stderr
    # Each engine has parts of its own.
    done = bench("--distributed", "--only", "voting")
    assert done.returncode == 2 and "voting" in done.stderr and "drain" in done.stderr


def test_the_peak_memory_of_a_program_is_its_own(monkeypatch):
    monkeypatch.setattr(benched, "BIN", BIN)
    for name in [name for name in os.environ if name.startswith("VOTE_")]:
        monkeypatch.delenv(name)
    ballast = bytearray(os.urandom(1)) * (300 << 20)
    with benched.House() as house:
        house.start("vote-api")
        house.await_ready()
        # Long enough to be looked at.
        peak = house.timed("vote-loadgen", "--mix", "health", "--rate", "100", "--for", "1s", "--json", "--url",
                           f"http://127.0.0.1:{house.port}")["peak_mib"]
    assert 0 < peak < len(ballast) >> 20


def test_the_bare_transaction_is_into_a_poll_of_its_own_each_time(tmp_path):
    yardstick = Yardstick(tmp_path)
    for rows in (300, 200):
        yardstick.transact(rows)
    assert sorted(yardstick.base.execute("SELECT count(*) FROM votes GROUP BY poll_id")) == [(200,), (300,)]
    assert sorted(yardstick.base.execute("SELECT total_votes FROM poll_totals")) == [(200,), (300,)]
    yardstick.sync(0.01)
    yardstick.found()


def test_a_commit_counts_until_the_last_watcher_was_shown_it():
    commits = [(2, 10.0), (3, 10.1), (4, 10.2)]
    pages = [(1, 2, 10.01), (2, 3, 10.11), (3, 4, 10.21),  # of a watcher that is shown each
             (1, 4, 10.5)]  # of one that is shown the last alone
    assert [round(delay) for delay in delays_of(pages, {1: 4, 2: 4}, 11.0, commits)] == [500, 400, 300]


def test_a_commit_that_a_watcher_is_never_shown_counts_until_the_end():
    commits = [(2, 10.0), (3, 10.1)]
    pages = [(1, 2, 10.01), (2, 3, 10.11), (1, 2, 10.02)]
    assert [round(delay) for delay in delays_of(pages, {1: 3, 2: 2}, 11.0, commits)] == [20, 900]
