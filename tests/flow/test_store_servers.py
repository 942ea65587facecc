"""A store behind PgBouncer, whose transactions share connections, and with a replica for what may lag."""
import functools
import json

import pytest

from engines import Distributed
from house import SEED, House, eventually, in_seconds, option_id
from judge import violations
from load import Load
from servers import Without, running
from test_votes import my_path

pytestmark = pytest.mark.distributed


class Pooled(Distributed):
    """Through PgBouncer, which knows no search_path: all of the database is the house's."""

    def __init__(self, folder, servers):
        super().__init__(folder, servers)
        owner = self.servers["passwords"]["vote_owner"]
        self.store_url = f"postgresql://vote_owner:{owner}@127.0.0.1:{self.port('pgbouncer')}/vote"
        self.replica_url = f"postgresql://vote_owner:{owner}@127.0.0.1:{self.port('replica')}/vote"

    def config(self):
        return super().config().replace("[queue]", f'read_url = "{self.replica_url}"\n[queue]', 1)


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    with running(tmp_path_factory.mktemp("servers"), "--pgbouncer", "--replica") as started:
        yield started


@pytest.fixture(scope="module")
def house(tmp_path_factory, servers):
    built = House(tmp_path_factory.mktemp("house"), engine=functools.partial(Pooled, servers=servers.folder))
    try:
        built.start_api()
        built.start_worker()
        built.old_poll = built.poll()  # the API has long read it when a server is lost
        yield built
    finally:
        servers.bring_back()
        built.stop()


def listed(house):
    return [poll["poll_id"] for poll in house.get("/v1/polls?limit=100").json["polls"]]


def takes_polls(house):
    """A poll and a vote in it: each connection to the store pauses for itself after it broke."""
    made = house.post("/v1/polls", {"title": "Again?", "options": ["yes", "no"], "status": "active",
                                    "end_time": in_seconds(60)}, token=house.token())
    return made.status == 201 and house.cast(made.json, 0, house.token()).status == 202


def test_through_pgbouncer_votes_are_counted_changed_and_judged(house):
    poll = house.poll(options=["a", "b", "c", "d"], allow_vote_change=True)
    with Load(house, poll, SEED) as load:
        load.await_more(300)
    assert violations(house, load.journal, poll) == []
    voter = house.token()
    total = house.results(poll).json["total_votes"]
    assert house.cast(poll, 0, voter).status == 202
    house.counted(poll, total + 1)
    assert house.request("PUT", my_path(poll), {"option_ids": [option_id(poll, 1)]}, token=voter).status == 200
    assert house.my_vote(poll, voter)["status"] == "confirmed"
    audit = house.get(f"/v1/polls/{poll['poll_id']}/audit", token=house.token(role="auditor")).text.splitlines()
    assert len(audit) == total + 2 and json.loads(audit[-1])["action"] == "changed"
    assert house.run("vote-reconcile", "--once", "--all").returncode == 0


def test_through_pgbouncer_a_lost_server_is_found_again(house, servers):
    poll, votes = house.old_poll, 0
    for name in ("pgbouncer", "postgres"):
        assert house.cast(poll, 0, house.token()).status == 202
        with Without(servers, "killed", name):
            assert house.cast(poll, 0, house.token()).status == 202
        house.counted(poll, votes := votes + 2)
        eventually(lambda: takes_polls(house), f"{name} is found again")


def test_lists_are_read_from_the_replica_and_ones_own_vote_never(house):
    before = house.poll()
    eventually(lambda: before["poll_id"] in listed(house), "the replica has the poll")
    house.engine.as_superuser("SELECT pg_wal_replay_pause()", "replica")
    try:
        poll, voter = house.poll(), house.token()
        assert house.cast(poll, 0, voter).status == 202
        house.counted(poll, 1)
        assert house.my_vote(poll, voter)["status"] == "confirmed"
        assert poll["poll_id"] not in listed(house)
    finally:
        house.engine.as_superuser("SELECT pg_wal_replay_resume()", "replica")
    eventually(lambda: poll["poll_id"] in listed(house), "the replica has caught up")


def test_an_export_of_a_final_poll_that_the_replica_has_not_whole_is_cut_off(house):
    house.start("vote-reconcile", "--every", "200ms")
    owner = house.token()
    poll = house.poll(token=owner)
    export = functools.partial(house.votectl, "export", poll["poll_id"], VOTE_TOKEN=house.token(role="auditor"))
    house.engine.as_superuser("SELECT pg_wal_replay_pause()", "replica")
    try:
        assert house.cast(poll, 0, house.token()).status == 202
        house.counted(poll, 1)
        assert house.post(f"/v1/polls/{poll['poll_id']}/close", token=owner).status == 200
        eventually(lambda: house.results(poll).json["final"], "final results")
        done = export()
        assert done.returncode != 0 and '"end":true' not in done.stdout, done
    finally:
        house.engine.as_superuser("SELECT pg_wal_replay_resume()", "replica")
    whole = eventually(lambda: (done := export()).returncode == 0 and done.stdout, "the replica has caught up")
    assert '"total_votes":1' in whole.splitlines()[-1], whole


def test_a_replica_that_is_gone_is_passed_over(house, servers):
    poll = house.poll()
    for how in ("killed", "frozen"):
        with Without(servers, how, "replica"):
            assert poll["poll_id"] in eventually(lambda: listed(house), "a list")
