"""queue.url = "none": each vote is recorded by the store, and no worker is needed."""
import re
import uuid

import pytest

from house import House, eventually, option_id
from test_votes import my_path


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    built = House(tmp_path_factory.mktemp("house"))
    text = built.config_file.read_text()
    built.config_file.write_text(re.sub(r'(\[queue\]\nurl = ").*"', r'\1none"', text) + '[polls]\ngrace = "0s"\n')
    try:
        built.start_api()
        yield built
    finally:
        built.stop()


def test_votes_are_confirmed_at_once_and_count_once(house):
    poll, voter, key = house.poll(allow_vote_change=True), house.token(), uuid.uuid4()
    assert [house.cast(poll, 0, voter, key).status for _ in range(3)] == [201] * 3
    assert house.cast(poll, 1, voter).code == "already_voted"
    assert house.counted(poll, 1) == {"yes": 1, "no": 0, "maybe": 0}
    changed = house.request("PUT", my_path(poll), {"option_ids": [option_id(poll, 2)]}, token=voter)
    assert changed.status == 200, changed
    assert house.counted(poll, 1) == {"yes": 0, "no": 0, "maybe": 1}
    assert house.get("/readyz").json["mode"] == "store"


def test_load_is_judged_clean(house):
    done = house.run("vote-loadgen", "--url", house.url, "--rate", "500", "--for", "2s", "--mix",
                     "votes=85,retries=10,seconds=5", "--journal", house.folder / "run.ndjson", "--verify")
    assert done.returncode == 0, done


def test_a_poll_is_final_without_any_worker(house):
    owner = house.token()
    poll = house.poll(token=owner)
    assert house.cast(poll, 1, house.token()).status == 201
    assert house.post(f"/v1/polls/{poll['poll_id']}/close", token=owner).status == 200

    def is_final():
        assert house.run("vote-reconcile", "--once").returncode == 0
        return house.results(poll).json["final"]

    eventually(is_final, "the results are final")
    assert house.counted(poll, 1) == {"yes": 0, "no": 1, "maybe": 0}


def test_a_worker_says_that_there_is_nothing_for_it_to_read(house):
    done = house.run("vote-worker")
    assert done.returncode == 9 and "nothing for vote-worker to read" in done.stderr, done
