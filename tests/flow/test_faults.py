"""scripts/faults: the short form on each engine, and that it neither lets a violation pass nor a fault unsaid."""
import datetime
import json
import os
import socket
import subprocess
import sys
import uuid

import pytest

from house import BIN, ROOT, SEED
from fault_rows.journal import Journal
from fault_rows.load import Answers, asked_after
from fault_rows.proxies import connections_to
from fault_rows.row import VERSION

SHORT_S_MAX = 280
DRAWN_BY_SEED_1 = "3:912dfc57b49a1e00"
# A row that steals a ballot behind everybody's back, once the load is over.
PLANTED = """
import signal, sys
from fault_rows import program
from fault_rows.kinds import add
from fault_rows.row import Fault, Row
from fault_rows.verdict import wait_for

def steal(site):
    wait_for(lambda: site.load.is_over() and (lag := site.lag()) and lag[0] == lag[1], "all is counted", 60)
    site.engine.sql("DELETE FROM votes WHERE user_id = (SELECT min(user_id) FROM votes)")

def crash(site, fault):
    site.signal(fault.target, signal.SIGSEGV)

add("crashed", crash)
kill = lambda chance, row, seconds: [Fault(0.5, "killed", "worker1", 0.2)]
program.ROWS = {"planted": Row("planted", "a ballot is stolen", kill, seconds=2, rate=100, finish=steal),
                "idle": Row("idle", "nothing is broken", kill, seconds=2, rate=100, shows=("broken_things",)),
                "crash": Row("crash", "it crashes", lambda *_: [Fault(0.5, "crashed", "worker1")], seconds=2, rate=100,
                             ends=("worker",)),
                **{name: Row(name, "cannot be here", kill, needs=lambda: "there is no such thing")
                   for name in ("elsewhere", "nowhere")}}
sys.argv = ["faults", *sys.argv[1:]]
exec(open(program.ROOT / "scripts" / "faults").read(), {"__name__": "__main__", "__file__": str(
    program.ROOT / "scripts" / "faults")})
"""


def run(*arguments, program=(ROOT / "scripts" / "faults",), **environment):
    return subprocess.run([*program, "--no-build", *map(str, arguments)], capture_output=True, text=True,
                          timeout=SHORT_S_MAX, cwd=ROOT / "scripts",
                          env={**os.environ, "VOTE_BIN": str(BIN), **environment})


def short(engine, tmp_path):
    done = run("--short", "--engine", engine, "--seed", f"{VERSION}:{SEED}", "--json", tmp_path / "faults.json",
               "--keep", tmp_path / "kept")
    print(done.stdout, done.stderr)
    rows = json.loads((tmp_path / "faults.json").read_text())["rows"]
    assert done.returncode == 0 and len(rows) == 3, done.stdout
    for row in rows:
        assert row["state"] == "held" and row["violations"] == [] and row["faults_done"] > 0, row
        assert row["judgement"]["counted"] + row["judgement"]["accepted"] > 1000, row


@pytest.mark.embedded
def test_the_short_form_holds_on_files(tmp_path):
    short("embedded", tmp_path)


@pytest.mark.distributed
def test_the_short_form_holds_on_servers(tmp_path):
    short("distributed", tmp_path)


@pytest.mark.embedded
def test_a_stolen_ballot_is_a_row_that_did_not_hold_and_its_journal_is_kept(tmp_path):
    done = run("--engine", "embedded", "--only", "planted", "--json", tmp_path / "faults.json", "--keep", tmp_path,
               program=(sys.executable, "-c", PLANTED))
    assert done.returncode == 1, done
    row, = json.loads((tmp_path / "faults.json").read_text())["rows"]
    assert row["state"] == "broken" and row["violations"] and row["kept"] in done.stdout, row
    assert (os.listdir(row["kept"]) and os.path.getsize(f"{row['kept']}/journal.ndjson") > 0), row


@pytest.mark.embedded
@pytest.mark.parametrize("row, reason", [("idle", "the faults had no effect: no broken things"),
                                         ("crash", "ended by themselves: worker1 with status -11")])
def test_a_row_without_effect_or_with_a_crash_that_nobody_asked_for_does_not_hold(tmp_path, row, reason):
    done = run("--engine", "embedded", "--only", row, "--keep", tmp_path, program=(sys.executable, "-c", PLANTED))
    assert done.returncode == 1 and reason in done.stdout, done


@pytest.mark.embedded
def test_rows_that_cannot_run_here_are_not_passed_and_the_summary_says_how_many_and_why():
    done = run("--engine", "embedded", "--only", "elsewhere", "nowhere", program=(sys.executable, "-c", PLANTED))
    assert done.returncode == 3, done
    summary = done.stdout.partition("0 held, 0 broken, 2 not run")[2]
    assert "there is no such thing: elsewhere on the embedded engine, nowhere on the embedded engine" in summary, done


@pytest.mark.embedded
def test_rows_without_the_servers_that_they_need_are_not_run_and_say_what_is_not_installed():
    done = run("--engine", "distributed", "--only", "planted", program=(sys.executable, "-c", PLANTED),
               PATH="/nonexistent")
    assert done.returncode == 3 and "0 held, 0 broken, 1 not run" in done.stdout, done
    assert "redis-server (Debian's redis-server)" in done.stdout, done


@pytest.mark.embedded
@pytest.mark.parametrize("seed, said", [(f"{VERSION + 1}:7", f"of version {VERSION + 1}"), ("luck", "is no seed"),
                                        (f"{VERSION}:", "is no seed")])
def test_a_seed_of_another_version_is_refused(seed, said):
    done = run("--seed", seed)
    assert done.returncode == 2 and said in done.stderr, done


@pytest.mark.embedded
def test_a_seed_draws_the_same_faults_again_and_another_one_others():
    drawn = """
import json, sys
from fault_rows.program import ROWS
print(json.dumps({name: [str(fault) for fault in row.schedule(int(sys.argv[1]), row.engines[0])]
                  for name, row in ROWS.items()}))"""

    def schedules(seed):
        done = subprocess.run([sys.executable, "-c", drawn, str(seed)], capture_output=True, text=True,
                              cwd=ROOT / "scripts")
        return json.loads(done.stdout)

    first = schedules(SEED)
    assert schedules(SEED) == first and all(first.values())
    other = schedules(SEED + 1)
    assert all(other[name] != first[name] for name in first)


@pytest.mark.embedded
def test_what_a_seed_draws_belongs_to_the_version_of_the_schedule():
    """Where this fails and VERSION is what it was, a seed would silently mean other faults: count it up."""
    drawn = """
import hashlib
from fault_rows import mixture
from fault_rows.program import ROWS
from fault_rows.row import VERSION
found = [(name, engine, str(fault)) for name, row in ROWS.items() for engine in row.engines
         for fault in row.schedule(1, engine)]
found += [str(fault) for engine in mixture.OF for fault in mixture.row(30, engine).schedule(1, engine)]
print(f"{VERSION}:{hashlib.sha256(repr(found).encode()).hexdigest()[:16]}")"""
    done = subprocess.run([sys.executable, "-c", drawn], capture_output=True, text=True, cwd=ROOT / "scripts")
    assert done.stdout.strip() == DRAWN_BY_SEED_1, done


@pytest.mark.embedded
def test_a_journal_of_voters_does_not_say_that_what_went_at_once_went_one_after_the_other():
    """The judge takes an answer that stands in front of a `send` for one that had come before."""
    poll, voter, journal = {"poll_id": str(uuid.uuid4()), "options": []}, str(uuid.uuid4()), Journal()
    for position in (1, 2):
        key = str(uuid.uuid4())
        journal.sent(poll["poll_id"], voter, key, position)
        journal.answered(poll["poll_id"], voter, key, 202)
    kinds = [next(iter(line)) for line in journal.lines([poll], "http://a.test")]
    assert kinds == ["journal", "send", "send", "answer", "answer", "end"], kinds


@pytest.mark.embedded
def test_what_is_acknowledged_though_it_was_asked_for_after_the_end_is_told_from_what_was_asked_before(tmp_path):
    poll, before, late, refused = (str(uuid.uuid4()) for _ in range(4))
    lines = [{"journal": "vote-loadgen", "started_at": "2026-01-15T10:30:00.000000Z", "polls": [{"poll_id": poll}]}]
    for number, (key, at_s, status) in enumerate([(before, 9, 0), (before, 12, 202), (late, 12, 503), (late, 13, 202),
                                                  (refused, 14, 409), (str(uuid.uuid4()), 14, 0)]):
        lines += [{"send": number, "at": at_s * 1_000_000, "kind": "cast", "poll": 0, "voter": poll, "key": key,
                   "options": [1]}, {"answer": number, "at": at_s * 1_000_000, "status": status}]
    journal = tmp_path / "journal.ndjson"
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    end = datetime.datetime.fromisoformat("2026-01-15T10:30:10Z").timestamp()
    assert asked_after(journal, poll, end) == (1, 1)


@pytest.mark.embedded
def test_trouble_on_a_proxy_that_nobody_comes_by_is_told_from_trouble_on_connections():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert connections_to(port) == 0
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = listener.accept()
            with accepted:
                assert connections_to(port) == 1


@pytest.mark.embedded
def test_a_read_that_is_answered_with_a_5xx_is_one_as_that_of_a_vote_is(tmp_path):
    journal = tmp_path / "journal.ndjson"
    journal.write_text('{"answer":0,"at":1000000,"status":202}\n{"answer":1,"at":2000000,"status":503}\n'
                       '{"read":0,"at":3000000,"connection":5,"status":503,"code":"unavailable"}\n'
                       '{"read":0,"at":4000000,"connection":5,"status":200,"version":5,"total":0}\n')
    assert Answers.of(journal).server_errors == [2.0, 3.0]


@pytest.mark.embedded
def test_an_unknown_row_is_named_with_those_that_there_are():
    done = run("--only", "luck")
    assert done.returncode == 2 and "luck" in done.stderr and "api-killed" in done.stderr, done
