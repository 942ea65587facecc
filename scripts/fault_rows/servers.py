"""Rows about PostgreSQL, Redis and Kafka: killed, frozen, empty."""
import dataclasses

from fault_rows.row import DISTRIBUTED, GAP_S_MAX, Fault, Promise, Row, apart

COUNTED_S_MAX = 60
UNCHANGED = "votes=80,retries=10,seconds=5,reads=5"
BROKERS = ["kafka1", "kafka2", "kafka3"]


def postgres_breaks(chance, _row, seconds):
    half = seconds / 2
    frozen = apart(chance, 2, half - 1, ["postgres"], "frozen", (1.0, 3.0))
    return [*apart(chance, 3, half, ["postgres"], "killed", (0.0, 2.0), rest_s=1.5),
            *[Fault(half + 1 + fault.at_s, "frozen", "postgres", fault.for_s) for fault in frozen]]


def postgres_away(chance, _row, _seconds):
    return [Fault(round(chance.uniform(1, 4), 2), "killed", "postgres", 60)]


def redis_breaks(kind, count, for_s):
    return lambda chance, _row, seconds: apart(chance, count, seconds, ["redis"], kind, for_s)


def broker_breaks(kind):
    return lambda chance, _row, _seconds: [
        Fault(round(chance.uniform(1, 4), 2), kind, chance.choice(BROKERS), round(chance.uniform(10, 13), 2))]


def all_brokers_die(chance, _row, _seconds):
    return [Fault(round(chance.uniform(1, 4), 2), "killed", "+".join(BROKERS), round(chance.uniform(4, 8), 2))]


def all_servers_freeze(chance, _row, seconds):
    return apart(chance, 6, seconds, ["postgres", "redis", "+".join(BROKERS)], "frozen", (0.5, 2.5))


# At the moment when a server fails, a request that is with it may be answered by a 5xx; after that none.
NO_5XX_AFTER = Promise(gap_s_max=GAP_S_MAX, errors_s_max=GAP_S_MAX)
MARKS_KEPT = Promise(no_superseded=DISTRIBUTED)

ROWS = [
    Row("postgres-killed", "PostgreSQL killed, hung, restarted", postgres_breaks, DISTRIBUTED, seconds=20,
        promise=MARKS_KEPT),
    Row("postgres-away", "PostgreSQL killed: for a minute", postgres_away, DISTRIBUTED, seconds=70, mix=UNCHANGED,
        promise=dataclasses.replace(NO_5XX_AFTER, no_superseded=DISTRIBUTED, recovered_s_max=COUNTED_S_MAX)),
    Row("redis-killed", "Redis killed and back empty", redis_breaks("killed", 5, (0.0, 3.0)), DISTRIBUTED,
        promise=NO_5XX_AFTER),
    Row("redis-away", "Redis killed: gone for long", redis_breaks("killed", 1, (10, 12)), DISTRIBUTED,
        promise=NO_5XX_AFTER),
    Row("redis-flushed", "Redis flushed", redis_breaks("flushed", 12, (0, 0)), DISTRIBUTED,
        promise=NO_5XX_AFTER),
    Row("redis-frozen", "Redis hung", redis_breaks("frozen", 4, (0.5, 3.0)), DISTRIBUTED,
        promise=NO_5XX_AFTER),
    Row("broker-killed", "1 of 3 brokers killed; leadership moved", broker_breaks("killed"), DISTRIBUTED, seconds=24,
        promise=dataclasses.replace(NO_5XX_AFTER, no_superseded=DISTRIBUTED)),
    Row("broker-frozen", "1 of 3 brokers killed; leadership moved: the leader sleeps, and wakes as one no more",
        broker_breaks("frozen"), DISTRIBUTED, seconds=24, promise=MARKS_KEPT),
    Row("brokers-all-killed", "all brokers gone, back later", all_brokers_die, DISTRIBUTED, seconds=24,
        promise=MARKS_KEPT),
    Row("servers-frozen", "PostgreSQL, Redis or all brokers hung, in any order", all_servers_freeze, DISTRIBUTED,
        seconds=20),
]
