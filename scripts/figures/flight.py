"""Requests that wait for brokers which do not answer: what so many take of vote-api's memory."""
import json

from figures.engine import Distributed
from figures.house import House
from figures.table import below

MEMORY_MB_MAX = 100
MB_A_MIB = 1.048576
SENT_WITHIN_S = 0.5  # a frozen broker is waited for longer than that


def in_flight_max(journal):
    """Of a journal's requests: how many were sent and not answered at once, at most."""
    events = []
    with open(journal, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(('{"send"', '{"answer"')):
                events.append((json.loads(line)["at"], 1 if line.startswith('{"send"') else -1))
    now = most = 0
    for _, step in sorted(events):
        now += step
        most = max(most, now)
    return most


def measure(size, say, servers):
    """All brokers are stopped before the first request and go on once all have been sent and answered: by the store,
    when the queue's time is over."""
    with House(engine=Distributed(servers)) as house:
        house.start("vote-api")
        house.await_ready()
        poll = house.create_poll()
        house.load("votes", size.in_flight, 1, poll)
        rest, journal = house.memory_mib(), house.folder / "journal"
        house.forget_peak()
        say(f"{size.in_flight:,} requests at once, with Kafka stopped")
        brokers = servers.state.brokers()
        servers.stop(brokers)
        try:
            run = house.load("votes", size.in_flight / SENT_WITHIN_S, SENT_WITHIN_S, poll, "--journal", journal,
                             connections=size.in_flight)
        finally:
            servers.go_on(brokers)
        found = {"due": size.in_flight, "rest_mib": rest, "peak_mib": house.peak_mib(),
                 "in_flight": in_flight_max(journal), "statuses": run["statuses"], "sent": run["sent"], "latency_ms": run["latency_ms"]}
    return found


def figures(found):
    memory = below(f"{found['in_flight']:,} requests in flight: memory of vote-api", MB_A_MIB * found["peak_mib"],
                   MEMORY_MB_MAX, "MB", f"its memory before, {MB_A_MIB * found['rest_mib']:.0f} MB; "
                   + ", ".join(f"{count:,} answered with {status}" for status, count in found["statuses"].items()),
                   ratio=found["peak_mib"] / found["rest_mib"])
    memory.met = memory.met and found["in_flight"] >= found["due"]
    return [memory]
