"""vote-reconcile by hand, from cron and as a daemon: polls become final, counts that differ are repaired."""
import json
import subprocess
import threading
import time
import uuid

import pytest

from house import BIN, eventually, in_seconds
from test_worker import message

REPAIRED, UNREPAIRED = 12, 13


def tamper(house, *statements):
    for statement in statements:
        house.sql_change(statement)


def corrupt(house):
    tamper(house, "UPDATE option_counts SET vote_count = vote_count + 1000 WHERE position = 1",
           "UPDATE poll_totals SET total_votes = total_votes + 7")


def once(house, *arguments):
    return house.run("vote-reconcile", "--once", *arguments)


def is_final(house, poll):
    return house.results(poll).json["final"]


@pytest.fixture
def impatient(house):
    """A house without grace, so that the end of a poll is near."""
    house.config_file.write_text(house.config_file.read_text() + '[polls]\ngrace = "0s"\n')
    return house


def close(house, poll, token):
    assert house.post(f"/v1/polls/{poll['poll_id']}/close", token=token).status == 200


def test_with_nothing_to_do_it_says_so_in_one_line_and_exits_0(house):
    done = once(house)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done
    assert done.stdout.startswith("0 polls"), done.stdout
    assert json.loads(once(house, "--json").stdout)["polls"] == 0


def test_a_poll_that_was_closed_becomes_final_and_stays_as_it_is(impatient):
    house = impatient
    house.start_api()
    house.start_worker()
    house.start("vote-reconcile", "--every", "200ms")
    owner = house.token()
    poll = house.poll(token=owner)
    for number in range(30):
        assert house.cast(poll, number % 3, house.token()).status == 202
    close(house, poll, owner)
    eventually(lambda: is_final(house, poll), "the results are final")
    final = house.results(poll)
    assert final.json["total_votes"] == 30
    house.put_in_queue(json.dumps(message(poll, 0)))
    eventually(house.dead_letter_headers, "a dead letter")
    (headers,) = house.dead_letter_headers()
    assert headers["x-error"] == "final"
    assert house.results(poll).json == final.json
    assert '"poll_final"' in house.log("vote-reconcile")


def test_cron_closes_a_poll_waits_for_the_workers_and_makes_it_final(impatient):
    house = impatient
    house.start_api()
    owner = house.token()
    poll = house.poll(token=owner)
    assert house.cast(poll, 0, house.token()).status == 202
    close(house, poll, owner)

    def summary():
        done = once(house, "--json")
        assert done.returncode == 0, done
        return json.loads(done.stdout)

    eventually(lambda: summary()["closed"], "closing messages are appended")
    waiting = summary()["waiting"]
    assert [entry["poll_id"] for entry in waiting] == [poll["poll_id"]]
    assert "workers are at offset 0 of " in waiting[0]["reason"], waiting
    assert house.run("vote-worker", "--once").returncode == 0
    assert summary()["finalised"] == 1
    eventually(lambda: is_final(house, poll), "the API knows")
    assert summary()["polls"] == 0


def test_counters_corrupted_beside_a_load_are_repaired_by_two_at_once(house):
    house.start_api()
    house.start_worker()
    poll = house.poll()
    accepted, stop = [0] * 4, threading.Event()

    def vote(line):
        connection = house.connect()
        while not stop.is_set():
            answer = house.cast(poll, accepted[line] % 3, house.token(), connection=connection)
            assert answer.status in (201, 202), answer
            accepted[line] += 1

    voters = [threading.Thread(target=vote, args=(line,)) for line in range(len(accepted))]
    for voter in voters:
        voter.start()
    for _ in range(3):
        corrupt(house)
        two = [subprocess.Popen([BIN / "vote-reconcile", "-c", house.config_file, "--once"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                env=house.environment()) for _ in range(2)]
        codes = [process.wait(60) for process in two]
        assert REPAIRED in codes and set(codes) <= {0, REPAIRED}, [p.stdout.read() for p in two]
    stop.set()
    for voter in voters:
        voter.join()
    house.await_drained()
    assert once(house).returncode == 0
    assert sum(house.counted(poll, sum(accepted)).values()) == sum(accepted)


def test_each_difference_is_logged_with_what_was_and_what_is(house):
    house.start_api()
    poll = house.poll()
    house.cast(poll, 0, house.token())
    assert house.run("vote-worker", "--once").returncode == 0
    corrupt(house)
    dry = once(house, "--dry-run")
    assert dry.returncode == UNREPAIRED, dry
    assert house.sql("SELECT total_votes FROM poll_totals") == [(8,)], "a dry run changes nothing"
    done = once(house, "--poll", poll["poll_id"])
    assert done.returncode == REPAIRED, done
    repaired = [entry for entry in map(json.loads, done.stderr.splitlines())
                if entry["event"] == "difference_repaired"]
    counter = next(entry for entry in repaired if entry["place"] == "counter")
    assert (counter["poll_id"], counter["option"]) == (poll["poll_id"], "yes")
    assert (counter["was"], counter["is"]) == (1001, 1)
    assert house.counted(poll, 1) == {"yes": 1, "no": 0, "maybe": 0}


def test_a_poll_held_back_by_a_dead_letter_is_named(impatient):
    house = impatient
    house.start_api()
    owner = house.token()
    poll = house.poll(token=owner)
    house.put_in_queue(json.dumps(message(poll, 0, option_ids=[str(uuid.uuid4())])))
    close(house, poll, owner)
    eventually(lambda: json.loads(once(house, "--json").stdout)["closed"], "closing messages")
    assert house.run("vote-worker", "--once").returncode == 0
    done = once(house)
    assert done.returncode == UNREPAIRED, done
    assert poll["poll_id"] in done.stdout and "vote-dlq" in done.stdout
    assert not is_final(house, poll)


def test_ballots_that_the_audit_log_does_not_know_are_reported_and_left(house):
    house.start_api()
    poll = house.poll()
    voter = str(uuid.uuid4())
    house.cast(poll, 0, house.token(voter))
    assert house.run("vote-worker", "--once").returncode == 0
    tamper(house, f"UPDATE votes SET choices = {house.engine.choice(2)}")
    done = once(house, "--all")
    assert done.returncode == UNREPAIRED, done
    assert voter in done.stderr
    assert house.counted(poll, 1) == {"yes": 0, "no": 1, "maybe": 0}


@pytest.mark.parametrize("flags", [["--every", "soon"], ["--poll", "lunch"], ["--json"],
                                   ["--once", "--every", "1s"],
                                   ["--once", "--all", "--poll", str(uuid.uuid4())]])
def test_flags_that_make_no_sense_are_usage_errors(house, flags):
    assert house.run("vote-reconcile", *flags).returncode == 2


def test_a_poll_that_is_not_there_is_not_found(house):
    assert once(house, "--poll", uuid.uuid4()).returncode == 5


def test_the_daemon_stops_on_sigterm(house):
    daemon = house.start("vote-reconcile", "--every", "1h")
    eventually(lambda: '"ready"' in house.log("vote-reconcile"), "ready")
    started = time.monotonic()
    daemon.terminate()
    assert daemon.wait(30) == 0
    assert time.monotonic() - started < 30


def test_an_end_time_that_passes_closes_a_poll_too(impatient):
    house = impatient
    house.start_api()
    house.start_worker()
    house.start("vote-reconcile", "--every", "200ms")
    poll = house.poll(end_time=in_seconds(3))
    assert house.cast(poll, 1, house.token(), wait=5).status in (201, 202)
    eventually(lambda: is_final(house, poll), "the results are final")
    assert house.results(poll).json["total_votes"] == 1
