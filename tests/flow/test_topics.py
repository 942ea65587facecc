"""The queue on Kafka as an operator meets it: topics made, looked at, and refused where they are not as they must be."""
import json

import pytest

from engines import WAIT_S_MAX
from house import eventually

pytestmark = pytest.mark.distributed

CONFIG, STORAGE = 9, 10
PROGRAMS = ["vote-api", "vote-worker", "vote-reconcile", "vote-dlq"]
ARGUMENTS = {"vote-worker": ["--once"], "vote-reconcile": ["--once"], "vote-dlq": ["count"]}


@pytest.fixture
def bare(house):
    """Names topics that are not there yet."""
    house.engine.delete_topics()
    house.votectl("db", "migrate")
    return house


def run(house, program):
    return house.run(program, *ARGUMENTS.get(program, []))


def status(house):
    done = house.votectl("queue", "status", "--json")
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def test_topics_are_made_once_and_looked_at(bare):
    made = bare.votectl("queue", "create")
    assert made.returncode == 0, made
    assert f"topic {bare.engine.topic}: made, 3 partitions, 1 replica" in made.stderr, made
    assert f"topic {bare.engine.topic}-dlq: made, 1 partition, 1 replica" in made.stderr, made
    again = bare.votectl("queue", "create")
    assert (again.returncode, again.stderr.count("was there already")) == (0, 2), again
    found = status(bare)
    assert [partition["lag"] for partition in found["partitions"]] == [0, 0, 0]
    assert {(partition["replicas"], partition["in_sync"]) for partition in found["partitions"]} == {(1, 1)}
    assert any("has 1 replica where 3 are advised: votes are lost with the disk" in warning
               for warning in found["warnings"]), found
    assert "warning: topic" in bare.votectl("queue", "status").stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_missing_topic_is_named_with_what_to_do(bare, program):
    done = run(bare, program)
    assert done.returncode == STORAGE, done
    assert bare.engine.topic in done.stderr and "votectl queue create" in done.stderr, done


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("partitions, settings, said", [
    (3, {"message.timestamp.type": "CreateTime"}, "stamps messages with their sender's time"),
    (5, {"message.timestamp.type": "LogAppendTime"}, "has 5 partitions, not 3"),
    (3, {"message.timestamp.type": "LogAppendTime", "cleanup.policy": "compact"}, "is compacted")])
def test_a_topic_that_cannot_keep_the_promises_is_refused(bare, program, partitions, settings, said):
    bare.engine.make_topics(partitions, settings)
    done = run(bare, program)
    assert done.returncode == STORAGE, done
    assert bare.engine.topic in done.stderr and said in done.stderr, done


@pytest.mark.parametrize("property_", ["acks", "enable.auto.commit", "auto.offset.reset",
                                       "partition.assignment.strategy", "enable.idempotence", "request.timeout.ms",
                                       "message.max.bytes", "queue.buffering.max.messages",
                                       "queue.buffering.max.kbytes", "enable.partition.eof"])
def test_a_property_that_the_promises_rest_on_is_refused(house, property_):
    text = house.config_file.read_text().replace("[queue.kafka]\n", f'[queue.kafka]\n"{property_}" = "1"\n')
    house.config_file.write_text(text)
    done = house.run("vote-api")
    assert done.returncode == CONFIG, done
    assert f"queue.kafka.{property_} must not be set" in done.stderr, done


def test_other_properties_are_handed_through(house):
    text = house.config_file.read_text().replace("[queue.kafka]\n", '[queue.kafka]\n"linger.ms" = "no number"\n')
    house.config_file.write_text(text)
    assert "linger.ms" in house.run("vote-api", "--check-config").stderr
    house.config_file.write_text(text.replace("no number", "7"))
    assert house.run("vote-api", "--check-config").returncode == 0


def test_secrets_of_brokers_are_not_printed(house):
    shown = house.run("vote-api", "--set", "queue.kafka.sasl.password=hidden-from-all", "--print-config")
    assert shown.returncode == 0 and "sasl.password" in shown.stdout, shown
    assert "hidden-from-all" not in shown.stdout + shown.stderr


def test_poison_in_the_topic_stops_no_worker(house):
    house.start_api()
    house.start_worker()
    poll = house.poll()
    house.engine.put_in_queue(None, b"", b"\xff\xfe", "[" * 100_000, "null", '{"v": 1}')
    for _ in range(6):
        assert house.cast(poll, 0, house.token()).status == 202
    house.counted(poll, 6)
    eventually(lambda: len(house.dead_letter_headers()) == 6, "all poison is among the dead letters")


def test_workers_share_the_partitions_and_take_over_from_one_that_dies(house):
    house.start_api()
    poll = house.poll()
    workers = [house.start_worker() for _ in range(3)]
    for round_ in range(1, 4):
        for _ in range(12):
            assert house.cast(poll, 0, house.token()).status == 202
        house.counted(poll, round_ * 12, WAIT_S_MAX)
        workers.pop().kill()
        if not workers:
            break
    assert house.sql("SELECT count(*) FROM votes") == [(36,)]
