"""A full topic, and how fast workers count it, beside the bare batch function for as many votes."""
import statistics
import threading
import time

from figures.bare import BareFunction
from figures.engine import Distributed
from figures.house import COUNTED_S_MAX, Failure, House, accepted_of
from figures.table import Figure, at_least

DRAINED_PER_S = 60_000
RATIO_MIN = 0.8
WORKERS = 2  # of one alone, the store waits while it reads
LOOK_EVERY_S = 0.02


class Counted(threading.Thread):
    """Looks at the store until `votes` of a poll are counted: when the first were, and when all."""

    def __init__(self, bare, poll, votes):
        super().__init__()
        self.bare, self.number, self.votes = bare, bare.number_of(poll), votes
        self.seen = []  # (time, votes)

    def run(self):
        end = time.monotonic() + COUNTED_S_MAX
        while (not self.seen or self.seen[-1][1] < self.votes) and time.monotonic() < end:
            counted = self.bare.counted(self.number)
            if counted and (not self.seen or counted > self.seen[-1][1]):
                self.seen.append((time.monotonic(), counted))
            time.sleep(LOOK_EVERY_S)

    def per_second(self, began):
        """From the first look that saw some to the first that saw all: without the workers' start at `began`, where
        there was more than one look."""
        first = self.seen[0] if len(self.seen) > 1 else (began, 0)
        if not self.seen or self.seen[-1][1] != self.votes:
            counted = self.seen[-1][1] if self.seen else 0
            raise Failure(f"of {self.votes} votes that were accepted, {counted} are counted")
        return (self.votes - first[1]) / (self.seen[-1][0] - first[0])


def drained(house, bare, size, workers):
    """A round: votes accepted without a worker, then counted by so many."""
    poll = house.create_poll()
    votes = accepted_of(house.load("votes", "max", size.fill_s, poll))
    counted = Counted(bare, poll, votes)
    before = house.engine.cpu_s()
    began = time.monotonic()
    names = [f"vote-worker {number}" for number in range(1, workers + 1)]
    for name in names:
        house.start("vote-worker", name)
    counted.start()
    counted.join()
    seconds = time.monotonic() - began
    spent = {"vote-worker": sum(map(house.cpu_s, names)),
             **{name: total - before[name] for name, total in house.engine.cpu_s().items()}}
    for name in names:
        house.stop(name)
    return {"workers": workers, "votes": votes, "per_second": counted.per_second(began),
            "with_start_per_s": votes / seconds,
            "cpu_us_per_vote": {name: 1e6 * cpu / votes for name, cpu in spent.items()}}


def measure(size, say, servers):
    with House(engine=Distributed(servers)) as house:
        house.start("vote-api")
        house.await_ready()
        bare, rounds = BareFunction(house), []
        bare.record(size.bare_votes)  # the first one finds no file of the log that could be used again
        for number in range(size.drain_rounds):
            say(f"a topic filled for {size.fill_s} s and drained, {number + 1} of {size.drain_rounds}")
            rounds.append(drained(house, bare, size, WORKERS))
            rounds[-1]["bare_per_s"] = bare.record(rounds[-1]["votes"])
            house.engine.empty_cache()
        bare.close()
    return {"rounds": rounds}


def figures(found):
    def median(field):
        return statistics.median(round_[field] for round_ in found["rounds"])

    ratios = [round_["per_second"] / round_["bare_per_s"] for round_ in found["rounds"]]
    votes = sum(round_["votes"] for round_ in found["rounds"])
    return [
        at_least("drain of a full topic", median("per_second"), DRAINED_PER_S, "/s",
                 f"bare batch function, {median('bare_per_s'):,.0f}/s; {WORKERS} workers, {votes:,} votes, "
                 f"{median('with_start_per_s'):,.0f}/s with its start", ratio=statistics.median(ratios)),
        at_least("drain, as that ratio", statistics.median(ratios), RATIO_MIN, "",
                 f"{len(ratios)} rounds, {min(ratios):.2f} to {max(ratios):.2f}", digits=2),
        Figure("drain: CPU time of a vote", sum(median_cpu(found).values()), "µs",
               ", ".join(f"{name} {spent:.1f}" for name, spent in median_cpu(found).items()), digits=1),
    ]


def median_cpu(found):
    return {name: statistics.median(round_["cpu_us_per_vote"][name] for round_ in found["rounds"])
            for name in found["rounds"][0]["cpu_us_per_vote"]}
