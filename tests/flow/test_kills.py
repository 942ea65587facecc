"""Both daemons are killed at random moments under load; every acknowledged vote is counted once."""
import http.client
import random
import sqlite3
import threading
import uuid

import pytest

from house import SEED, House, eventually
from judge import Journal, violations

KILLS = 40
VOTERS_AT_ONCE = 8


class Load:
    """Voters who vote until told to stop, and send again until they have a certain answer."""

    def __init__(self, house, poll, seed):
        self.house = house
        self.poll = poll
        self.journal = Journal()
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.acknowledged = 0
        self.threads = [threading.Thread(target=self.run, args=(random.Random(f"{seed} {number}"),))
                        for number in range(VOTERS_AT_ONCE)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def finish(self):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def run(self, chance):
        line = self.house.connect()
        while not self.over.is_set():
            voter, key = str(uuid.uuid4()), str(uuid.uuid4())
            token, choice = self.house.token(voter), chance.randrange(len(self.poll["options"]))
            with self.lock:
                self.journal.sent(self.poll["poll_id"], voter, key, choice + 1)
            tries = 1 if chance.random() < 0.2 else 1000  # some give up without an answer
            for _ in range(tries):
                status = self.one_try(line, choice, token, key)
                with self.lock:
                    self.journal.answered(self.poll["poll_id"], voter, key, status)
                    self.acknowledged += status in (201, 202)
                if status and status < 500:
                    break
                self.over.wait(0.02)

    def one_try(self, line, choice, token, key):
        try:
            return self.house.cast(self.poll, choice, token, key, connection=line).status
        except (OSError, http.client.HTTPException):
            line.close()
            return 0


def kill_at_random(house, load, api, worker, chance):
    """Kills one daemon or both, KILLS times, and starts them anew each time."""
    for _ in range(KILLS):
        before = load.acknowledged
        eventually(lambda: load.acknowledged > before + 5, "votes are accepted between kills")
        load.over.wait(chance.uniform(0, 0.15))
        victims = chance.choice([(api,), (worker,), (api, worker)])
        for victim in victims:
            assert victim.poll() is None, "a daemon ended by itself"
            victim.kill()
            victim.wait()
        if worker in victims:
            worker = house.start_worker()
        if api in victims:
            api = house.start_api()


def test_forty_kills_lose_no_acknowledged_vote_and_count_none_twice(house):
    api, worker = house.start_api(), house.start_worker()
    poll = house.poll(options=["a", "b", "c", "d"])
    load = Load(house, poll, SEED)
    load.start()
    try:
        kill_at_random(house, load, api, worker, random.Random(SEED))
    finally:
        load.finish()
    house.await_drained()
    assert violations(house, load.journal, poll) == []
    counted = house.sql("SELECT count(*) FROM votes")[0][0]
    print(f"{load.acknowledged} acknowledged, {counted} counted")
    assert load.acknowledged > KILLS and house.results(poll).json["total_votes"] == counted
    for file in (house.store_file, house.queue_file):
        assert house.sql("PRAGMA integrity_check", file=file) == [("ok",)]
    assert house.sql("SELECT count(*) FROM dead_letters", file=house.queue_file) == [(0,)]


# The judge itself is judged: each kind of planted violation is found.

PLANTED = {
    "a row removed": "DELETE FROM votes WHERE user_id = (SELECT min(user_id) FROM votes)",
    "a counter bumped": "UPDATE option_counts SET vote_count = vote_count + 1 WHERE position = 1",
    "the total bumped": "UPDATE poll_totals SET total_votes = total_votes + 1",
    "a choice swapped": "UPDATE votes SET choices = '[3]' WHERE choices = '[1]'",
    "a vote of nobody": "INSERT INTO votes SELECT poll_id, randomblob(16), randomblob(16), choices,"
                        " cast_choices, cast_at, revision FROM votes LIMIT 1",
    "another request stands": "UPDATE votes SET request_id = randomblob(16)",
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("judged"))
    try:
        house.start_api()
        poll, journal = house.poll(), Journal()
        for number in range(6):
            voter, key = str(uuid.uuid4()), str(uuid.uuid4())
            journal.sent(poll["poll_id"], voter, key, number % 2 + 1)
            journal.answered(poll["poll_id"], voter, key,
                             house.cast(poll, number % 2, house.token(voter), key).status)
        assert house.run("vote-worker", "--once").returncode == 0
    finally:
        house.stop()
    assert violations(house, journal, poll) == []
    return house, journal, poll


@pytest.mark.parametrize("what", PLANTED)
def test_the_judge_finds_what_was_planted(judged, tmp_path, what):
    house, journal, poll = judged
    copy = tmp_path / "vote.db"
    with sqlite3.connect(house.store_file) as source, sqlite3.connect(copy) as target:
        source.backup(target)
        target.execute(PLANTED[what])
    original, house.store_file = house.store_file, copy
    try:
        assert violations(house, journal, poll)
    finally:
        house.store_file = original
