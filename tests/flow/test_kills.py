"""Both daemons are killed at random moments under load; every acknowledged vote is counted once."""
import http.client
import random
import threading
import uuid

from house import SEED, eventually
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
                status, code = self.one_try(line, choice, token, key)
                with self.lock:
                    self.journal.answered(self.poll["poll_id"], voter, key, status, code)
                    self.acknowledged += status in (201, 202)
                if status and status < 500:
                    break
                self.over.wait(0.02)

    def one_try(self, line, choice, token, key):
        try:
            answer = self.house.cast(self.poll, choice, token, key, connection=line)
            return answer.status, answer.code
        except (OSError, http.client.HTTPException):
            line.close()
            return 0, ""


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
    assert house.engine.is_intact()
    assert house.dead_letter_headers() == []
