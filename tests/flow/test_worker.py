"""vote-worker by hand and in pipes: --once, votes from lines, dead letters, and one that stands by."""
import contextlib
import json
import sqlite3
import subprocess
import time
import uuid

import pytest

from house import eventually, option_id


def message(poll, option, voter=None, **fields):
    """A vote as it stands in the queue (design: the message)."""
    return {"v": 1, "action": "cast", "request_id": str(uuid.uuid4()), "poll_id": poll["poll_id"],
            "user_id": str(voter or uuid.uuid4()), "option_ids": [option_id(poll, option)],
            "accepted_at": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime()),
            "ip": "127.0.0.1", "user_agent": "test", **fields}


def lines(*messages):
    return "".join((entry if isinstance(entry, str) else json.dumps(entry)) + "\n" for entry in messages)


def test_once_drains_what_is_there_and_ends(house):
    house.start_api()
    poll = house.poll()
    for number in range(25):
        assert house.cast(poll, number % 2, house.token()).status == 202
    for expected in (25, 25):
        done = house.run("vote-worker", "--once")
        assert done.returncode == 0, done.stderr
        assert house.sql("SELECT total_votes FROM poll_totals") == [(expected,)]
    assert house.drained()


def test_once_ends_beside_a_worker_that_reads(house):
    house.start_api()
    poll = house.poll()
    house.start_worker()
    assert house.cast(poll, 0, house.token()).status == 202
    house.await_drained()
    done = house.run("vote-worker", "--once")
    assert done.returncode == 0, done.stderr
    assert house.counted(poll, 1)["yes"] == 1


def test_a_line_is_recorded_before_the_next_one_comes(house):
    house.start_api()
    poll = house.poll()
    worker = house.start_worker("--input", "-", stdin=subprocess.PIPE)
    for number in range(3):
        worker.stdin.write(lines(message(poll, 0)).encode())
        worker.stdin.flush()
        house.counted(poll, number + 1)
    worker.stdin.close()
    assert worker.wait(30) == 0


def test_lines_are_recorded_and_refused_ones_are_reported_with_their_number(house):
    house.start_api()
    poll = house.poll()
    good = message(poll, 0)
    text = lines(
        good, message(poll, 1), good, "", "not json", message(poll, 1, poll_id=str(uuid.uuid4())),
        message(poll, 1, option_ids=[str(uuid.uuid4())]), message(poll, 1, v=99),
        message(poll, 1, user_id="root"), message(poll, 2, voter=good["user_id"]), "[" * 100_000,
        message(poll, 2))
    done = house.run("vote-worker", "--input", "-", stdin=text)
    report = [json.loads(line) for line in done.stdout.splitlines()]
    assert {entry["line"] for entry in report} >= {5, 6, 7, 8, 9, 11}, done
    assert {entry["line"]: entry["code"] for entry in report}[7] in ("unknown_option", "invalid_option")
    assert all(entry["detail"] for entry in report)
    assert house.counted(poll, 3) == {"yes": 1, "no": 1, "maybe": 1}
    assert done.returncode != 0, "refused lines show in the exit status"


def test_lines_that_are_all_good_end_with_status_0_and_again_change_nothing(house):
    house.start_api()
    poll = house.poll()
    text = lines(*(message(poll, number % 3) for number in range(5000)))
    for _ in range(2):
        done = house.run("vote-worker", "--input", "-", stdin=text)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert house.counted(poll, 5000) == {"yes": 1667, "no": 1667, "maybe": 1666}


def test_poison_becomes_dead_letters_with_their_reason_and_holds_nothing_up(house):
    house.start_api()
    poll = house.poll()
    poison = ["", "\u0001\u0002", "{}", "[" * 5000, json.dumps(message(poll, 0, v=2)),
              json.dumps(message(poll, 0, option_ids=[str(uuid.uuid4())])),
              json.dumps(message(poll, 0, poll_id=str(uuid.uuid4()))),
              json.dumps(message(poll, 0, action="explode"))]
    good = [json.dumps(message(poll, 1)) for _ in poison]
    long = json.dumps(message(poll, 0, user_agent="x" * 1_000_000))  # a vote all the same; the rest is cut
    house.put_in_queue(*[value for pair in zip(poison, good) for value in pair], long)
    house.start_worker()
    house.await_drained()
    assert house.counted(poll, len(good) + 1) == {"yes": 1, "no": len(good), "maybe": 0}
    headers = house.dead_letter_headers()
    assert len(headers) == len(poison)
    for header in headers:
        assert header["x-error"] and header["x-original-topic"] == house.engine.topic
        assert {"x-original-partition", "x-original-offset"} <= header.keys()


def test_an_idle_worker_notices_that_the_store_was_set_back(house):
    house.start_api()
    house.start_worker()
    poll = house.poll()
    for _ in range(5):
        house.cast(poll, 1, house.token())
    house.counted(poll, 5)
    house.await_drained()
    house.sql_change("DELETE FROM queue_positions")
    house.await_drained()
    assert house.counted(poll, 5) == {"yes": 0, "no": 5, "maybe": 0}


def test_positions_set_back_twice_count_nothing_twice(house):
    """A replay: the worker is told of an older store position than it reached."""
    house.start_api()
    poll = house.poll(allow_vote_change=True)
    token = house.token()
    house.cast(poll, 0, token)
    for _ in range(20):
        house.cast(poll, 1, house.token())
    assert house.run("vote-worker", "--once").returncode == 0
    revoked = house.request("DELETE", f"/v1/polls/{poll['poll_id']}/votes/me", token=token)
    assert revoked.status < 300
    for _ in range(2):
        house.sql_change("DELETE FROM queue_positions")
        assert house.run("vote-worker", "--once").returncode == 0
        assert house.counted(poll, 20) == {"yes": 0, "no": 20, "maybe": 0}


@pytest.mark.embedded
def test_a_queue_that_is_another_one_stops_the_worker_with_an_explanation(house):
    house.start_api()
    poll = house.poll()
    for _ in range(3):
        house.cast(poll, 0, house.token())
    assert house.run("vote-worker", "--once").returncode == 0
    with contextlib.closing(sqlite3.connect(house.queue_file, timeout=30)) as base, base:
        base.execute("UPDATE messages SET value = '{}', stamp = stamp + 1")
    done = house.run("vote-worker", "--once")
    assert done.returncode != 0
    assert "queue.db" in done.stderr or "votes" in done.stderr, done.stderr
    assert house.counted(poll, 3)["yes"] == 3


def test_a_second_worker_stands_by_and_takes_over(house):
    house.start_api()
    workers = [house.start_worker(), house.start_worker()]
    poll = house.poll()
    for number in range(4):
        house.cast(poll, 0, house.token())
        house.counted(poll, number + 1)
        if number == 1:
            workers[0].kill()
            workers[0].wait()
    assert workers[1].poll() is None
    assert eventually(house.drained, "drained")
