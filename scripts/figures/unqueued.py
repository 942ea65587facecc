"""Every vote recorded by the store, in transactions that concurrent requests share, beside the queue."""
import contextlib
import statistics

from figures.distributed import CALM_PER_S, WARM_PER_S, calm_figure, climb, why_not
from figures.engine import Distributed
from figures.house import House
from figures.table import Figure, cpu_table


def measure(size, say, servers):
    """As many votes as possible without a queue and with one, in turn; then what is held without one."""
    pairs = []
    with contextlib.ExitStack() as stack:
        queue, none = (stack.enter_context(House(engine=Distributed(servers, with_queue)))
                       for with_queue in (True, False))
        for house in (queue, none):
            house.start("vote-api")
            house.await_ready()
        queue.start("vote-worker")
        for house in (queue, none):
            house.votes(WARM_PER_S, size.warm_s)
        say(f"as many votes as possible without a queue and with one, {size.pairs} pairs of {size.pair_s} s")
        for pair in range(size.pairs):
            runs = {house: house.votes("max", size.pair_s) for house in ((none, queue), (queue, none))[pair % 2]}
            pairs.append({"none": runs[none], "queue": runs[queue]})
        queue.stop("vote-worker")
        none.engine.empty_cache()
        tried = climb(none, size.held_rates, size.climb_s, say)
        say(f"{CALM_PER_S:,} votes/s for {size.calm_s} s")
        calm = none.votes(CALM_PER_S, size.calm_s)
    return {"pairs": pairs, "climb": tried, "calm": calm}


def figures(found):
    pairs = found["pairs"]
    held = max((rate for rate, _, kept in found["climb"] if kept), default=0)
    rate, run, kept = found["climb"][-1]
    ratios = {field: statistics.median(pair["none"][field] / pair["queue"][field] for pair in pairs)
              for field in ("accepted_per_s", "counted_per_s")}

    def median(side, field):
        return statistics.median(pair[side][field] for pair in pairs)

    return [
        Figure("no queue: rate that is held", held, "/s", "" if kept else f"{rate:,} {why_not(run)}"),
        calm_figure("no queue: ", found["calm"]),
        Figure("no queue: maximum, recorded and answered", median("none", "accepted_per_s"), "/s",
               f"accepted by the queue, {median('queue', 'accepted_per_s'):,.0f}/s; {len(pairs)} pairs",
               ratios["accepted_per_s"]),
        Figure("no queue: maximum, counted", median("none", "counted_per_s"), "/s",
               f"counted behind the queue, {median('queue', 'counted_per_s'):,.0f}/s", ratios["counted_per_s"]),
    ]


def words(found):
    first = found["pairs"][0]
    return cpu_table({"maximum, queue": first["queue"]["cpu_us_per_vote"],
                      "maximum, none": first["none"]["cpu_us_per_vote"],
                      f"none, {CALM_PER_S:,}/s": found["calm"]["cpu_us_per_vote"]})
