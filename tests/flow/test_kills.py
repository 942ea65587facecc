"""Both daemons are killed at random moments under load; every acknowledged vote is counted once."""
import random

from house import SEED
from judge import violations
from load import Load

KILLS = 40


def kill_at_random(house, load, api, worker, chance):
    """Kills one daemon or both, KILLS times, and starts them anew each time."""
    for _ in range(KILLS):
        load.await_more()
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
    with Load(house, poll, SEED) as load:
        kill_at_random(house, load, api, worker, random.Random(SEED))
    house.await_drained()
    assert violations(house, load.journal, poll) == []
    counted = house.sql("SELECT count(*) FROM votes")[0][0]
    print(f"{load.acknowledged} acknowledged, {counted} counted")
    assert load.acknowledged > KILLS and house.results(poll).json["total_votes"] == counted
    assert house.engine.is_intact()
    assert house.dead_letter_headers() == []
