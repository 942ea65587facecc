"""vote-recovery(7): each command of the page is typed here as it stands there, and prints what the page says."""
import base64
import contextlib
import functools
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import uuid

import pytest

import pages
from engines import WAIT_S_MAX, Distributed
from house import ROOT, House, eventually
from servers import running
from test_dlq import use_as_default, work

sys.path.insert(0, str(ROOT / "scripts"))
from cluster.kafka import java  # noqa: E402

PAGE = ROOT / "man" / "vote-recovery.7"
USAGE, REFUSED, UNAVAILABLE = 2, 7, 8
OWNER = str(uuid.uuid4())
UNITS = {"vote-api": ("vote-api",), "vote-worker": ("vote-worker",),
         "vote-reconcile.timer": ("vote-reconcile", "--every", "200ms")}


class Recovered(House):
    """A house whose daemons are started and stopped by the names of their units, as the page does."""

    def systemctl(self, verb, *units):
        for unit in units:
            program, *arguments = UNITS[unit]
            if verb in ("stop", "restart"):
                self.end(program)
            if verb in ("start", "restart"):
                self.start_api() if program == "vote-api" else self.start(program, *arguments)

    def end(self, program):
        for process in [each for each in self.processes if each.args[0].name == program]:
            process.terminate()
            assert process.wait(60) is not None
            self.processes.remove(process)

    # What happens to stores and queues.

    def put_store_back(self):
        """As the page has it, by its commands alone."""
        if self.engine.name == "embedded":
            for end in ("", "-wal", "-shm"):
                (self.folder / f"vote.db{end}").unlink(missing_ok=True)
            shutil.copy(self.folder / "kept.db", self.store_file)
        else:
            subprocess.run(["pg_restore", "--clean", "--if-exists", "--single-transaction",
                            f"--dbname={self.engine.store_url}", self.folder / "kept.dump"], check=True)

    def drop_from_queue_up_to(self, offset):
        """As a queue does with what is long processed."""
        if self.engine.name == "embedded":
            with contextlib.closing(sqlite3.connect(self.queue_file)) as base, base:
                base.execute('DELETE FROM messages WHERE "offset" < ?', (offset,))
        else:
            self.engine.drop_up_to(offset)

    def lose_queue(self):
        if self.engine.name == "distributed":
            self.engine.lose_topic()
        else:
            for file in self.folder.glob("queue.db*"):
                file.unlink()


    def walk(self, heading, poll):
        instead = [("/var/lib/vote", self.folder), ("web1/127.0.0.1", f"{socket.gethostname()}/127.0.0.1"),
                   ("127.0.0.1:8080", f"127.0.0.1:{self.port}"),
                   ("/usr/share/doc/vote/examples", ROOT / "examples")]
        names = {"POLL": poll["poll_id"], "VOTE_URL": self.url, "VOTE_TOKEN": self.token(OWNER, role="admin"),
                 "STORE": self.engine.store_url}
        if self.engine.name == "distributed":
            names["REDIS"] = self.engine.redis_url()
        pages.walk(self, PAGE, heading, names, instead)


class Plain(Distributed):
    """Its topics are named as in the page, and its votes are in one partition; the servers are these tests' own."""
    topic = property(lambda self: "votes", lambda self, _: None)
    partitions = 1

    def lose_topic(self):
        for topic in self.admin.delete_topics([self.topic], operation_timeout=WAIT_S_MAX).values():
            topic.result()

    def drop_up_to(self, offset):
        """Confluent's client of Debian 12 cannot, so Kafka's own tool does."""
        wish = self.folder / "drop.json"
        wish.write_text(json.dumps({"version": 1, "partitions": [
            {"topic": self.topic, "partition": 0, "offset": offset}]}))
        subprocess.run(java("org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server", self.brokers,
                            "--offset-json-file", wish), check=True, stdout=subprocess.DEVNULL)

    def redis_url(self):
        return f"redis://default:{self.servers['passwords']['redis']}@127.0.0.1:{self.port('redis')}"


@pytest.fixture(scope="module")
def servers(request, tmp_path_factory):
    if request.config.getoption("--engine") == "embedded":
        yield None
        return
    with running(tmp_path_factory.mktemp("servers")) as started:
        yield started


@pytest.fixture
def house(tmp_path, servers):
    engine = functools.partial(Plain, servers=servers.folder) if servers else None
    built = Recovered(tmp_path / "house", '[polls]\ngrace = "0s"\n', engine=engine)
    use_as_default(built)
    try:
        built.start_api()
        yield built
    finally:
        built.stop()


@pytest.fixture
def poll(house):
    return house.poll(title="Lunch?", options=["soup", "bread"], token=house.token(OWNER, role="admin"))


def cast(house, poll, *options):
    """Votes of as many new voters, all acknowledged; their tokens."""
    tokens = [house.token() for _ in options]
    for option, token in zip(options, tokens):
        assert house.cast(poll, option, token).status == 202
    return tokens


@contextlib.contextmanager
def unknown_options(house, poll):
    """As for a worker that looks at a poll of which it does not know the options."""
    for option in poll["options"]:
        house.sql_change("UPDATE poll_options SET option_id = ? WHERE option_id = ?",
                         house.engine.id(uuid.uuid4()), house.engine.id(option["option_id"]))
    yield
    for position, option in enumerate(poll["options"], 1):
        house.sql_change("UPDATE poll_options SET option_id = ? WHERE position = ?",
                         house.engine.id(option["option_id"]), position)


def bury(house, poll, *options):
    tokens = cast(house, poll, *options)
    with unknown_options(house, poll):
        work(house)
    return tokens


def is_final(house, poll):
    return house.results(poll).json["final"]


def test_good_votes_among_the_dead_letters_are_counted_and_the_poll_is_final(house, poll):
    bury(house, poll, *[0] * 13, *[1] * 7)
    house.put_in_queue("no vote")
    work(house)
    house.systemctl("start", "vote-worker")
    house.walk("DEAD LETTERS AFTER A BAD DEPLOYMENT", poll)
    assert is_final(house, poll)
    assert house.counted(poll, 20) == {"soup": 13, "bread": 7}


def put_back(house, poll, store):
    """Keeps a copy of the store as the page says, lets people go on, and puts it back. Returns the poll that is younger
    than the copy."""
    house.systemctl("start", "vote-worker")
    cast(house, poll, *[0] * 20)
    house.counted(poll, 20)
    house.walk(f"Keeping a copy of the {store}", poll)
    later = cast(house, poll, *[1] * 10)
    house.counted(poll, 30)
    young = house.poll()
    cast(house, young, 0)
    house.counted(young, 1)
    house.walk(f"Putting the {store} back", poll)
    house.walk("What a store that was put back does not know", poll)
    assert house.counted(poll, 30) == {"soup": 20, "bread": 10}
    assert all(house.my_vote(poll, voter)["status"] == "confirmed" for voter in later)
    return young


@pytest.mark.embedded
def test_a_store_file_that_was_copied_back_counts_what_the_queue_still_holds(house, poll):
    young = put_back(house, poll, "SQLite file")
    assert house.results(young).status == 404, "what only the store knew is lost, as the page says"


@pytest.mark.distributed
def test_a_database_that_was_restored_counts_what_kafka_still_holds(house, poll):
    put_back(house, poll, "PostgreSQL database")


def test_a_queue_that_does_not_hold_the_next_vote_any_more_is_read_on_by_an_operators_word(house, poll):
    sqlite = house.engine.name == "embedded"
    cast(house, poll, *[0] * 5)
    work(house)
    house.walk(f"Keeping a copy of the {'SQLite file' if sqlite else 'PostgreSQL database'}", poll)
    cast(house, poll, *[1] * 15)
    work(house)
    house.systemctl("stop", *UNITS)
    house.put_store_back()
    house.drop_from_queue_up_to(12)
    house.walk("Where the queue does not hold the next vote any more", poll)
    assert house.counted(poll, 13) == {"soup": 5, "bread": 8}


@pytest.mark.distributed
def test_a_partition_that_was_idle_for_longer_than_kafka_keeps_messages_is_read_on(house, poll):
    """Retention takes the last message that was processed too; nothing is missing from the log."""
    cast(house, poll, *[0] * 5)
    work(house)
    house.systemctl("stop", "vote-api")
    house.drop_from_queue_up_to(5)
    house.systemctl("start", "vote-api")
    cast(house, poll, *[1] * 3)
    work(house)
    assert house.counted(poll, 8) == {"soup": 5, "bread": 3}


def lose_queue(house, poll):
    """With 3 votes in it that were acknowledged and not counted, and 2 that went round; the voters of the 3."""
    cast(house, poll, *[0] * 5)
    work(house)
    bury(house, poll, 0, 0)
    assert house.run("vote-dlq", "requeue", "--all").returncode == 0
    lost = cast(house, poll, 1, 1, 1)
    if house.engine.name == "distributed":
        eventually(lambda: queued_marks(house) == 5, "Redis knows what is in the queue")
    for process in house.processes:
        process.kill()
    house.lose_queue()
    return lost


def user_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"]


def queued_marks(house):
    redis = ["redis-cli", "--no-auth-warning", "-u", house.engine.redis_url()]
    keys = subprocess.run([*redis, "--scan", "--pattern", "*voted:*"], capture_output=True, text=True, check=True).stdout
    held = subprocess.run([*redis, "mget", *keys.split()], capture_output=True, text=True, check=True).stdout
    return held.count("queued:")


def go_on_after_a_loss(house, poll, lost):
    """Whose vote is lost can vote again."""
    house.counted(poll, 5)
    assert [house.my_vote(poll, voter)["status"] for voter in lost] == ["none"] * 3
    assert house.cast(poll, 0, lost[0]).status == 202
    assert house.counted(poll, 6) == {"soup": 6, "bread": 0}
    house.systemctl("stop", "vote-reconcile.timer")
    house.walk("Votes that only the store remembers", poll)
    eventually(lambda: is_final(house, poll), "the results are final")
    assert house.counted(poll, 6) == {"soup": 6, "bread": 0}


@pytest.mark.embedded
def test_without_the_queues_file_what_was_not_counted_is_lost_and_nothing_else(house, poll):
    lost = lose_queue(house, poll)
    house.walk("A lost file", poll)
    go_on_after_a_loss(house, poll, lost)


@pytest.mark.distributed
def test_without_the_topic_what_was_not_counted_is_lost_and_nothing_else(house, poll):
    lost = lose_queue(house, poll)
    house.walk("A lost topic", poll)
    lines = (house.folder / "lost-votes").read_text().splitlines()
    assert {user_of(voter) for voter in lost} < {line.split()[1] for line in lines}, lines
    assert {line.split()[0] for line in lines} == {poll["poll_id"]}
    go_on_after_a_loss(house, poll, lost)


@pytest.mark.distributed
def test_an_emptied_cache_fills_by_itself(house, poll):
    house.systemctl("start", "vote-worker")
    first, second = cast(house, poll, 0, 1)
    house.counted(poll, 2)
    house.walk("A REBUILT CACHE", poll)
    assert house.cast(poll, 1, first).status in (202, 409)  # whichever layer knows the first
    assert house.cast(poll, 0, second, wait=10).status in (202, 409)
    house.await_drained()
    assert house.counted(poll, 2) == {"soup": 1, "bread": 1}


def test_a_poll_waits_for_an_api_that_is_gone_until_an_operator_says_so(house, poll):
    name = f"{socket.gethostname()}/127.0.0.1:8081"
    other = house.start("vote-api", VOTE_API_NAME=name, VOTE_API_LISTEN="127.0.0.1:0")
    eventually(lambda: name in house.votectl("api", "list").stdout, "the other API has a lease")
    other.kill()
    other.wait()
    cast(house, poll, 0, 1, 1)
    house.systemctl("start", "vote-worker")
    house.walk("A POLL THAT DOES NOT BECOME FINAL", poll)
    house.walk("When an API is gone for good", poll)
    eventually(lambda: is_final(house, poll), "the results are final")
    assert house.counted(poll, 3) == {"soup": 1, "bread": 2}


def test_what_still_goes_round_or_is_a_dead_letter_is_not_lost(house, poll):
    bury(house, poll, 0, 1)
    assert house.run("vote-dlq", "lost", "--json").stdout == ""
    assert house.run("vote-dlq", "requeue", 1).returncode == 0
    unread = house.run("vote-dlq", "lost", "--drop", "--yes")
    assert unread.returncode == UNAVAILABLE and "let vote-worker read all of it" in unread.stderr, unread
    work(house)
    assert house.run("vote-dlq", "lost", "--drop", "--yes").stderr == "dropped: 0\n"
    assert house.run("vote-dlq", "count").stdout == "1\n"
    assert house.counted(poll, 1) == {"soup": 1, "bread": 0}


def test_what_may_wait_in_another_queue_is_not_lost(house, poll):
    bury(house, poll, 0)
    house.sql_change("INSERT INTO queue_topics VALUES ('elsewhere')")
    done = house.run("vote-dlq", "lost")
    assert done.returncode == REFUSED and "votectl queue forget elsewhere" in done.stderr, done


@pytest.mark.embedded
def test_dead_letters_that_are_gone_with_the_file_are_lost_and_can_be_given_up_together(house, poll):
    voters = bury(house, poll, *[0] * 25)
    house.systemctl("stop", "vote-api")
    house.lose_queue()
    for arguments in (["db", "migrate"], ["queue", "forget", "votes", "--yes"]):
        assert house.votectl(*arguments).returncode == 0
    listed = house.run("vote-dlq", "lost", "--poll", poll["poll_id"], "--json")
    assert {json.loads(line)["state"] for line in listed.stdout.splitlines()} == {"dead_letter"}
    assert "not looked at: 5 more" in listed.stderr, listed
    assert house.run("vote-dlq", "lost", "--drop").returncode == USAGE
    assert house.run("vote-dlq", "lost", "--drop", "--yes").stderr == "dropped: 25\n"
    house.start_api()
    assert {house.my_vote(poll, voter)["status"] for voter in voters} == {"none"}
