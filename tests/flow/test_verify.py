"""vote-loadgen's judge on runs of the real programs: clean runs, planted violations, evidence that is missing."""
import json
import random
import signal
import sqlite3

import pytest

from house import SEED, House, eventually

pytestmark = pytest.mark.embedded

MIX = "votes=80,retries=8,seconds=6,changes=3,revocations=2,reads=6"
VIOLATED, INCONCLUSIVE = 11, 14


def verify(house, *arguments):
    """(exit status, judgement) of vote-loadgen --verify."""
    done = house.run("vote-loadgen", "--json", "--wait", "30s", "--verify", *arguments)
    assert done.stdout, done
    return done.returncode, json.loads(done.stdout)["judgement"]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A house with a run of every kind behind it, one poll of it final, and the journal."""
    house = House(tmp_path_factory.mktemp("judged"))
    try:
        house.start_api()
        house.start_worker()
        journal = house.folder / "run.ndjson"
        done = house.run("vote-loadgen", "--url", house.url, "--json", "--mix", MIX, "--polls", "2", "--rate",
                         "300", "--for", "2s", "--seed", SEED, "--journal", journal, "--verify")
        assert done.returncode == 0, done
        yield house, journal, json.loads(done.stdout)
    finally:
        house.stop()


def test_a_run_of_every_kind_is_acquitted(judged):
    _, journal, report = judged
    judgement = report["judgement"]
    assert judgement["verdict"] == "clean" and judgement["superseded"] == judgement["unknown"] == 0, judgement
    assert judgement["tries"] + judgement["reads"] == report["sent"]
    assert judgement["counted"] + judgement["accepted"] + judgement["no"] == judgement["requests"]
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert {line["kind"] for line in lines if "send" in line} == {"cast", "change", "revoke"}
    assert all({"version", "total", "final", "votes"} <= line.keys() for line in lines if "read" in line)


KEYLESS = ("PRAGMA legacy_alter_table = ON;"  # a view looks at votes
           "CREATE TABLE again AS SELECT * FROM votes; DROP TABLE votes; ALTER TABLE again RENAME TO votes;"
           "CREATE INDEX votes_again ON votes (poll_id, user_id);")
PLANTED = {
    "a row removed": (1, "DELETE FROM votes WHERE choices <> '[]' AND user_id = (SELECT max(user_id)"
                         " FROM votes WHERE choices <> '[]')"),
    "a choice swapped": (1, "UPDATE votes SET choices = '[9]' WHERE user_id = (SELECT min(user_id) FROM votes)"),
    "another request stands": (3, "UPDATE votes SET request_id = randomblob(16) WHERE user_id ="
                                  " (SELECT min(user_id) FROM votes)"),
    "a vote of nobody": (3, "INSERT INTO votes SELECT poll_id, randomblob(16), randomblob(16), choices,"
                            " cast_choices, cast_at, revision FROM votes LIMIT 1"),
    "a vote doubled": (3, KEYLESS + "INSERT INTO votes SELECT * FROM votes WHERE revision = 0 LIMIT 1"),
    "a counter bumped": (4, "UPDATE option_counts SET vote_count = vote_count + 1 WHERE position = 1"),
    "the total bumped": (4, "UPDATE poll_totals SET total_votes = total_votes + 1"),
    "an audit entry forged": (4, "INSERT INTO vote_audit_log SELECT log_id + 1000000, poll_id, user_id, action,"
                                 " old_choices, new_choices, randomblob(16), at, ip_address, user_agent"
                                 " FROM vote_audit_log WHERE action = 'cast' LIMIT 1"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_was_planted_in_the_store_is_found(judged, tmp_path, what):
    house, journal, _ = judged
    promise, script = PLANTED[what]
    copy = tmp_path / "vote.db"
    with sqlite3.connect(house.store_file) as source, sqlite3.connect(copy) as target:
        source.backup(target)
        target.executescript(script)
    status, judgement = verify(house, journal, "--set", f"store.url=sqlite://{copy}")
    assert status == VIOLATED and judgement["verdict"] == "violated", judgement
    assert judgement["violations_by_promise"][str(promise)] > 0, judgement["violations"][:5]
    assert all(violation["what"] for violation in judgement["violations"])


def rewritten(journal, tmp_path, change):
    """A copy of the journal with `change` applied to its lines, each as an object."""
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    copy = tmp_path / "changed.ndjson"
    copy.write_text("".join(json.dumps(line) + "\n" for line in change(lines)))
    return copy


def test_results_that_go_back_on_a_connection_are_found(judged, tmp_path):
    def go_back(lines):
        reads = [line for line in lines if line.get("status") == 200 and "read" in line]
        return [*lines, {**reads[-1], "version": 0}]
    status, judgement = verify(judged[0], rewritten(judged[1], tmp_path, go_back))
    assert status == VIOLATED and judgement["violations_by_promise"]["5"] == 1, judgement


def test_a_final_result_that_is_edited_is_found(judged, tmp_path):
    def was_final(lines):
        reads = [line for line in lines if line.get("status") == 200 and "read" in line]
        return [*lines, {**reads[-1], "final": True, "votes": [0 for _ in reads[-1]["votes"]]}]
    status, judgement = verify(judged[0], rewritten(judged[1], tmp_path, was_final))
    assert status == VIOLATED and judgement["violations_by_promise"]["5"] > 0, judgement


def test_a_refused_vote_that_counts_is_found(judged, tmp_path):
    def refuse(lines):
        casts = {line["send"]: line for line in lines if line.get("kind") == "cast"}
        keys = [line["key"] for line in casts.values()]
        once = {number for number, line in casts.items() if keys.count(line["key"]) == 1}
        chosen = next(line["answer"] for line in lines if line.get("status") == 202 and line["answer"] in once)
        return [{**line, "status": 403, "code": "forbidden"} if line.get("answer") == chosen else line
                for line in lines]
    status, judgement = verify(judged[0], rewritten(judged[1], tmp_path, refuse))
    assert status == VIOLATED and judgement["violations_by_promise"]["2"] == 1, judgement


def test_broken_lines_are_named_and_nothing_is_acquitted(judged, tmp_path):
    house, journal, _ = judged
    lines = journal.read_text().splitlines(keepends=True)
    copy = tmp_path / "broken.ndjson"
    copy.write_text("".join([*lines[:5], "no JSON\n", *lines[5:]]))
    status, judgement = verify(house, copy)
    assert status == INCONCLUSIVE and f"{copy}:6 is broken" in judgement["missing"][0], judgement
    torn = tmp_path / "torn.ndjson"
    torn.write_text(journal.read_text()[:-30])
    status, judgement = verify(house, torn)
    assert status == INCONCLUSIVE and any("has no end" in reason for reason in judgement["missing"]), judgement


def test_what_is_no_journal_is_refused_with_a_reason(judged, tmp_path):
    house, journal, _ = judged
    newer = rewritten(journal, tmp_path, lambda lines: [{**lines[0], "v": 2}, *lines[1:]])
    empty = tmp_path / "empty.ndjson"
    empty.touch()
    for path, words in ((newer, "version 2"), (empty, "empty"), (tmp_path / "none", "No such file"),
                        (house.config_file, "not JSON")):
        done = house.run("vote-loadgen", "--verify", path)
        assert done.returncode == 1 and words in done.stderr and done.stdout == "", done


def test_a_journal_is_never_written_over(judged):
    house, journal, _ = judged
    before = journal.read_bytes()
    done = house.run("vote-loadgen", "--url", house.url, "--for", "1s", "--journal", journal)
    assert done.returncode == 1 and "is there already" in done.stderr, done
    assert journal.read_bytes() == before


def test_rates_that_cannot_be_are_refused_with_the_limits(judged):
    for flags in (["--rate", "0"], ["--rate", "1000000000"], ["--rate", "nan"], ["--rate", "0..0"],
                  ["--burst", "0:1s:10ms"], ["--burst", "10:1s:2s"], ["--mix", "votes=0"], ["--mix", "x"],
                  ["--for", "0s"], ["--verify"], ["--replay", "a", "--journal", "b"]):
        done = judged[0].run("vote-loadgen", "--for", "1s", *flags)
        assert done.returncode == 2 and done.stderr.startswith("vote-loadgen: "), (flags, done)


def test_nothing_is_judged_before_the_queue_is_drained(house, tmp_path):
    house.start_api()
    journal = tmp_path / "run.ndjson"
    done = house.run("vote-loadgen", "--url", house.url, "--rate", "50", "--for", "500ms", "--journal", journal)
    assert done.returncode == 0, done
    early = house.run("vote-loadgen", "--wait", "100ms", "--verify", journal)
    assert early.returncode == 8 and "vote-worker" in early.stderr, early
    house.start_worker()
    assert verify(house, journal)[0] == 0


def test_a_killed_load_generator_leaves_a_journal_that_replay_completes(house, tmp_path):
    house.start_api()
    house.start_worker()
    journal = tmp_path / "run.ndjson"
    process = house.start("vote-loadgen", "--url", house.url, "--rate", "2000", "--for", "60s", "--mix",
                          "votes=9,retries=1", "--journal", journal)
    eventually(lambda: journal.exists() and journal.read_bytes().count(b'"answer"') > 500, "votes are answered")
    process.kill()
    process.wait()
    status, judgement = verify(house, journal)
    assert status == INCONCLUSIVE and judgement["unknown"] > 0 and not judgement["violations"], judgement
    done = house.run("vote-loadgen", "--json", "--replay", journal)
    report = json.loads(done.stdout)
    assert done.returncode == 0 and report["judgement"]["verdict"] == "clean", report
    assert report["replayed"]["answered"] == report["replayed"]["sent"] > 0
    assert report["judgement"]["unknown"] == 0


ANSWERS_BETWEEN_KILLS = 100


def answers_in(journal):
    """Requests are planned, and so written, long before they are sent; answers tell how far it is."""
    return journal.read_bytes().count(b'{"answer":') if journal.exists() else 0


def test_daemons_killed_under_load_lose_and_double_nothing(house, tmp_path):
    chance = random.Random(SEED)
    api, worker = house.start_api(), house.start_worker()
    journal = tmp_path / "run.ndjson"
    load = house.start("vote-loadgen", "--url", house.url, "--rate", "400", "--for", "6s", "--mix", MIX,
                       "--seed", SEED, "--connections", "16", "--journal", journal)
    for _ in range(8):
        before = answers_in(journal)
        eventually(lambda: load.poll() is not None or answers_in(journal) > before + ANSWERS_BETWEEN_KILLS,
                   "votes go on between kills")
        victim = chance.choice([api, worker])
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        if victim is api:
            api = house.start_api()
        else:
            worker = house.start_worker()
    eventually(lambda: load.poll() is not None, "the run ends", 120)
    status, judgement = verify(house, journal)
    assert status == 0 and judgement["violations"] == [], judgement
    done = house.run("vote-loadgen", "--json", "--replay", journal)
    replayed = json.loads(done.stdout)["judgement"]
    assert done.returncode == 0 and replayed["unknown"] == 0, replayed
    print(json.dumps(replayed))
