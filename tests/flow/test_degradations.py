"""What still works when servers of the distributed engine are gone, killed or frozen, and that all of it works again
by itself once they are back. The servers are these tests' own."""
import functools
import http.client
import json
import os
import shutil
import signal
import subprocess
import uuid

import pytest

from engines import Distributed
from house import SEED, House, eventually, free_port, in_seconds, option_id
from judge import violations
from load import Load
from servers import LOSSES, Without, running
from test_accounts import log_in, register
from test_metrics import scrape, value
from test_votes import my_path

pytestmark = pytest.mark.distributed

BACK_S_MAX = 5  # on the fast path again, once the server answers
IN_SYNC_S_MAX = 90  # a broker starts, is missed no more, and catches up
STOP_S_MAX = 30  # TimeoutStopSec of the units
AWAY_S_MAX = 10  # until a server that is silent is known to be


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    with running(tmp_path_factory.mktemp("servers")) as started:
        yield started


@pytest.fixture
def dark(tmp_path, servers):
    """A house on these servers, whose daemons do not run."""
    built = House(tmp_path / "house", engine=functools.partial(Distributed, servers=servers.folder))
    yield built
    servers.bring_back()
    built.stop()


@pytest.fixture
def house(dark):
    dark.start_api()
    dark.start_worker()
    return dark


def readiness(house):
    return house.get("/readyz").json


def shows(house, mode, within_s=AWAY_S_MAX, **parts):
    """Waits until /readyz has this mode and these parts; the metrics have the same."""
    def check():
        found = readiness(house)
        return found["mode"] == mode and parts.items() <= found["parts"].items()
    eventually(check, f"mode {mode}, {parts}, not {readiness(house)}", within_s)
    text = scrape(house.port)
    assert value(text, "vote_mode", mode=mode) == 1
    for part, up in parts.items():
        assert value(text, "vote_part_up", part=part) == up


def is_back(house):
    shows(house, "queue", BACK_S_MAX, store=True, queue=True, cache=True)


@pytest.mark.parametrize("how", LOSSES)
def test_without_redis_votes_are_accepted_and_the_store_drops_the_copies(house, servers, how):
    poll, voter = house.poll(), house.token()
    with Without(servers, how, "redis"):
        key = uuid.uuid4()
        assert [house.cast(poll, 0, voter, key).status for _ in range(3)] == [202, 202, 202]
        shows(house, "queue", store=True, queue=True, cache=False)
        assert house.cast(poll, 1, voter).status == 202  # nobody remembers the first
        assert house.counted(poll, 1) == {"yes": 1, "no": 0, "maybe": 0}
        house.await_drained()
        assert house.counted(poll, 1) == {"yes": 1, "no": 0, "maybe": 0}
        assert house.my_vote(poll, voter)["status"] == "confirmed"
    is_back(house)
    other = house.token()
    assert house.cast(poll, 2, other).status == 202
    assert house.cast(poll, 1, other).status == 409
    assert house.counted(poll, 2) == {"yes": 1, "no": 0, "maybe": 1}


def test_without_redis_each_api_limits_by_itself(dark, servers):
    limited = {"VOTE_LIMITS_VOTES_PER_IP_PER_MINUTE": "3"}
    dark.start_api(**limited)
    poll = dark.poll()
    other = free_port()
    dark.start("vote-api", VOTE_API_LISTEN=f"127.0.0.1:{other}", **limited)

    def statuses(port):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        return [dark.cast(poll, 0, dark.token(), connection=line).status for _ in range(4)]

    eventually(lambda: accepts_connections(other), "the other API listens")
    with Without(servers, "killed", "redis"):
        assert statuses(dark.port) == statuses(other) == [202, 202, 202, 429]
    is_back(dark)
    assert statuses(dark.port) == [202, 202, 202, 429]
    assert statuses(other) == [429] * 4  # from now on they share what is left


def accepts_connections(port):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


@pytest.mark.parametrize("how", LOSSES)
def test_without_kafka_the_store_records_votes(house, servers, how):
    poll, early, late = house.poll(), house.token(), house.token()
    assert house.cast(poll, 0, early).status == 202
    house.counted(poll, 1)
    with Without(servers, how, "kafka1"):
        assert house.cast(poll, 1, late).status == 201
        assert house.cast(poll, 2, late).code == "already_voted"
        assert house.cast(poll, 2, early).code == "already_voted"
        shows(house, "store", store=True, queue=False, cache=True)
        assert house.cast(poll, 2, house.token()).status == 201
        assert house.counted(poll, 3) == {"yes": 1, "no": 1, "maybe": 1}
        assert house.my_vote(poll, late)["status"] == "confirmed"
    is_back(house)
    assert house.cast(poll, 0, house.token()).status == 202
    assert house.counted(poll, 4) == {"yes": 2, "no": 1, "maybe": 1}


@pytest.mark.parametrize("how", LOSSES)
def test_without_postgresql_votes_wait_in_kafka_and_results_come_from_redis(house, servers, how):
    assert register(house, "ada").status == 201
    poll, early, late = house.poll(allow_vote_change=True), house.token(), house.token()
    assert house.cast(poll, 0, early).status == 202
    house.counted(poll, 1)
    with Without(servers, how, "postgres"):
        assert house.cast(poll, 1, late).status == 202
        shows(house, "queue", store=False, queue=True, cache=True)
        assert house.cast(poll, 2, house.token()).status == 202
        found = house.results(poll)
        assert (found.status, found.json["total_votes"]) == (200, 1)
        assert house.my_vote(poll, late)["status"] == "pending"
        change = {"option_ids": [option_id(poll, 2)]}
        refused = [log_in(house, "ada"), house.request("PUT", my_path(poll), change, token=early),
                   house.post("/v1/polls", {"title": "Not now", "options": ["a", "b"],
                                            "end_time": in_seconds(60)}, token=early)]
        assert [answer.status for answer in refused] == [503] * 3, refused
        assert all(answer.headers["Retry-After"] for answer in refused)
    is_back(house)
    assert house.counted(poll, 3) == {"yes": 1, "no": 1, "maybe": 1}
    assert log_in(house, "ada").status == 201


def test_an_api_starts_without_kafka_and_finds_it_later(dark, servers):
    with Without(servers, "killed", "kafka1"):
        dark.start_api()
        shows(dark, "store", store=True, queue=False, cache=True)
        poll = dark.poll()
        assert dark.cast(poll, 0, dark.token()).status == 201
    is_back(dark)
    assert dark.cast(poll, 0, dark.token()).status == 202
    dark.start_worker()
    dark.counted(poll, 2)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_a_worker_that_is_told_to_stop_ends_in_time_although_kafka_has_just_gone(dark, servers, blow):
    """So short ago that the worker does not know of it yet."""
    dark.start_api()
    worker = dark.start_worker()
    poll = dark.poll()
    kafka = next(each["pid"] for each in json.loads(servers("status", "--json")) if each["name"] == "kafka1")
    with Load(dark, poll, SEED) as load:
        load.await_more(50)
        os.kill(kafka, blow)
        worker.terminate()
        assert worker.wait(STOP_S_MAX) == 0
        servers.bring_back()
    dark.start_worker()
    dark.await_drained()
    assert violations(dark, load.journal, poll) == []


def test_without_workers_votes_are_accepted_and_the_lag_is_visible(dark):
    dark.start_api()
    poll = dark.poll()
    for _ in range(7):
        assert dark.cast(poll, 0, dark.token()).status == 202

    def lag():
        status = json.loads(dark.votectl("queue", "status", "--json").stdout)
        return sum(partition["lag"] for partition in status["partitions"])

    assert lag() == 7 and readiness(dark)["mode"] == "queue"
    dark.start_worker()
    assert dark.counted(poll, 7) == {"yes": 7, "no": 0, "maybe": 0}
    eventually(lambda: lag() == 0, "no lag")


@pytest.mark.parametrize("how", LOSSES)
def test_without_kafka_and_postgresql_votes_are_refused_until_one_is_back(house, servers, how):
    poll, voter, key = house.poll(), house.token(), uuid.uuid4()
    with Without(servers, how, "kafka1", "postgres"):
        refused = house.cast(poll, 0, voter, key)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1"), refused
        shows(house, "none", store=False, queue=False)
        assert house.get("/readyz").status == 503
    is_back(house)
    assert house.cast(poll, 0, voter, key).status in (201, 202)
    assert house.counted(poll, 1) == {"yes": 1, "no": 0, "maybe": 0}


def test_through_the_loss_of_each_server_every_acknowledged_vote_counts_once(house, servers):
    poll = house.poll(options=["a", "b", "c", "d"])
    with Load(house, poll, SEED) as load:
        for how in LOSSES:
            for name in ("redis", "kafka1", "postgres"):
                load.await_more()
                with Without(servers, how, name):
                    load.await_more(50)
    is_back(house)
    house.await_drained()
    assert violations(house, load.journal, poll) == []
    assert house.results(poll).json["total_votes"] == house.sql("SELECT count(*) FROM votes")[0][0]
    assert house.dead_letter_headers() == []


def test_a_store_set_back_reads_on_from_its_own_position(house, servers, tmp_path):
    data, kept = servers.folder / "postgres", tmp_path / "kept"
    poll, voters = house.poll(), [house.token() for _ in range(40)]
    for voter in voters[:20]:
        assert house.cast(poll, 0, voter).status == 202
    house.counted(poll, 20)
    with Without(servers, "killed", "postgres"):
        copy(data, kept)
    is_back(house)
    for voter in voters[20:]:
        assert house.cast(poll, 1, voter).status == 202
    house.counted(poll, 40)
    with Without(servers, "killed", "postgres"):
        shutil.rmtree(data)
        copy(kept, data)
    is_back(house)
    eventually(lambda: house.sql("SELECT count(*) FROM votes") == [(40,)], "what Kafka still holds is counted again")
    assert house.counted(poll, 40) == {"yes": 20, "no": 20, "maybe": 0}
    assert all(house.my_vote(poll, voter)["status"] == "confirmed" for voter in voters)


def copy(source, target):
    subprocess.run(["cp", "--archive", source, target], check=True)  # with its owner, who is PostgreSQL's


class Wide(Distributed):
    partitions = 12


def test_a_poll_ends_over_twelve_partitions_while_workers_come_and_go(tmp_path, servers):
    house = House(tmp_path / "wide", '[polls]\ngrace = "1s"\n', engine=functools.partial(Wide, servers=servers.folder))
    try:
        house.start_api()
        poll = house.poll(end_time=in_seconds(6))
        house.start("vote-reconcile", "--every", "500ms")
        workers = [house.start_worker(), house.start_worker()]
        with Load(house, poll, SEED) as load:
            for end in (lambda worker: worker.terminate(), lambda worker: worker.kill()) * 2:
                load.await_more()
                end(workers.pop(0))
                workers.append(house.start_worker())
            eventually(lambda: house.results(poll).json["status"] == "closed", "the poll ends")
        final = eventually(lambda: (found := house.results(poll).json)["final"] and found, "the results are final", 90)
        assert violations(house, load.journal, poll) == []
        assert final["total_votes"] == house.sql("SELECT count(*) FROM votes")[0][0] > 20
    finally:
        house.stop()


def test_what_waits_in_kafka_is_readable_by_kcat_and_jq(dark):
    dark.start_api()
    poll = dark.poll()
    assert dark.cast(poll, 1, dark.token()).status == 202
    read = subprocess.run(f"kcat -C -e -q -b {dark.engine.brokers} -t {dark.engine.topic} | jq -r .poll_id", shell=True,
                          capture_output=True, text=True, timeout=60)
    assert read.stdout == poll["poll_id"] + "\n", read


@pytest.fixture(scope="module")
def three_brokers(tmp_path_factory):
    with running(tmp_path_factory.mktemp("three"), "--brokers", "3") as started:
        yield started


class Replicated(Distributed):
    """Topics as `votectl queue create` makes them on three brokers."""

    def make_topics(self, partitions=None, settings=None):
        pass


def test_with_three_brokers_the_loss_of_any_one_loses_no_vote(tmp_path, three_brokers):
    house = House(tmp_path / "house", engine=functools.partial(Replicated, servers=three_brokers.folder))
    try:
        eventually(lambda: len(house.engine.admin.list_topics(timeout=30).brokers) == 3, "the brokers know each other")
        made = house.votectl("queue", "create")
        assert made.returncode == 0 and made.stderr.count("3 replicas") == 2 and "warning" not in made.stderr, made
        house.start_api()
        house.start_worker()
        poll = house.poll(options=["a", "b", "c", "d"])
        with Load(house, poll, SEED) as load:
            for name in ("kafka1", "kafka2", "kafka3"):
                load.await_more(50)
                with Without(three_brokers, "killed", name):
                    load.await_more(50)
                eventually(lambda: all_in_sync(house), "all replicas have caught up", IN_SYNC_S_MAX)
        is_back(house)
        house.await_drained()
        assert violations(house, load.journal, poll) == []
        assert house.results(poll).json["total_votes"] == house.sql("SELECT count(*) FROM votes")[0][0]
    finally:
        three_brokers.bring_back()
        house.stop()


def all_in_sync(house):
    done = house.votectl("queue", "status", "--json")
    return done.returncode == 0 and all(partition["in_sync"] == 3 for partition in json.loads(done.stdout)["partitions"])
