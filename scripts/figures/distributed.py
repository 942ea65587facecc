"""The figures of the distributed engine: what it keeps up, beside the bare batch function of its store."""
import os
import pathlib

from figures.bare import BATCH, BareFunction
from figures.engine import Distributed
from figures.house import House
from figures.profile import Profile
from figures.table import Figure, at_least, below, cpu_table, equal

HELD_PER_S = 30_000
HELD_P99_MS_MAX = 250
CAUGHT_UP_S_MAX = 3  # after the last answer, until all that was accepted is counted
CALM_PER_S = 10_000
CALM_P99_MS_MAX = 25
BYTES_MAX = 250
MEMORY = pathlib.Path("/dev/shm")
WARM_PER_S = 15_000  # a broker that has not compiled its code yet takes twice as long for a request


def is_held(run):
    """All that was due was sent, accepted and counted, soon enough."""
    return (run["accepted"] == run["sent"] + run["not_sent"] == run["counted"]
            and run["counted_after_s"] - run["elapsed_s"] <= CAUGHT_UP_S_MAX
            and run["latency_ms"]["p99"] <= HELD_P99_MS_MAX)


def climb(house, rates, seconds, say):
    """Rates, growing, until the first that is not held: (rate, run, whether it was held) of each."""
    tried = []
    for rate in rates:
        say(f"{rate:,} votes/s for {seconds} s")
        run = house.votes(rate, seconds)
        tried.append((rate, run, is_held(run)))
        if not tried[-1][2]:
            break
    return tried


def judged(house, rates, size, say, profile_folder):
    """The first of these rates that is held for long, its votes judged, and those missed before it; else the last."""
    found, missed = None, []
    for rate in rates:
        house.engine.empty_cache()
        journal = off_the_disk(house) / f"{house.folder.name}-journal-{rate}"
        say(f"{rate:,} votes/s for {size.held_s} s, with a journal")
        try:
            with Profile(house, profile_folder) as profile:
                run = house.votes(rate, size.held_s, "--journal", journal)
            say("the judge")
            found = {"rate": rate, "run": run, "held": is_held(run), "judge": house.judge(journal),
                     "profile": profile.text(), "missed": list(missed)}
        finally:
            journal.unlink(missing_ok=True)
        if found["held"]:
            break
        missed.append((rate, run))
    return found


def off_the_disk(house):
    """For the journal, which in the field is on another machine than the store and the queue."""
    return MEMORY if os.access(MEMORY, os.W_OK) else house.folder


def bytes_a_vote(house):
    """Of the tables that have a row a vote, with their indexes, and how many votes there are."""
    house.engine.sql("VACUUM votes, vote_audit_log")
    whole, votes = map(int, house.engine.sql(
        "SELECT pg_total_relation_size('votes') + pg_total_relation_size('vote_audit_log'), count(*) FROM votes"
    ).split("|"))
    return {"bytes": whole / votes, "votes": votes}


def measure(size, say, servers, profile_folder=None):
    with House(engine=Distributed(servers)) as house:
        house.start("vote-api")
        house.await_ready()
        house.start("vote-worker")
        house.votes(WARM_PER_S, size.warm_s)
        say("the bare batch function, before and after")
        bare = BareFunction(house)
        bare.record(size.bare_votes)
        tried = climb(house, size.held_rates, size.climb_s, say)
        held = [rate for rate, _, is_kept in tried if is_kept]
        found = {"climb": tried, "judged": judged(house, held[::-1], size, say, profile_folder)}
        bare.record(size.bare_votes)
        found["bare"] = bare.found()
        bare.close()
        say(f"{CALM_PER_S:,} votes/s for {size.calm_s} s")
        found["calm"] = house.votes(CALM_PER_S, size.calm_s)
        found["disk"] = bytes_a_vote(house)
    return found


def figures(found):
    bare, calm, disk = found["bare"], found["calm"], found["disk"]
    return held_figures(found) + [
        calm_figure("", calm),
        below("disk: a vote, audit and indexes included", disk["bytes"], BYTES_MAX, "bytes",
              f"{disk['votes']:,} votes, after a VACUUM", digits=1),
        Figure("machine: bare batch function", bare["per_second"], "/s", words_of(bare["each"])),
    ]


def words_of(rates):
    return f"{min(rates):,.0f} to {max(rates):,.0f} in {len(rates)} runs, {BATCH:,} votes a batch, from memory"


def held_figures(found):
    tried = ", ".join(f"{rate:,} {'held' if kept else why_not(run)}" for rate, run, kept in found["climb"])
    judged = found["judged"]
    if not judged:
        return [at_least("held and judged", 0, HELD_PER_S, "/s", tried)]
    run, rate, bare = judged["run"], judged["rate"], found["bare"]["per_second"]
    missed = "".join(f"; for {run['length_s']:g} s {high:,} {why_not(short)}" for high, short in judged["missed"])
    held = at_least(f"held for {run['length_s']:g} s and judged", rate if judged["held"] else 0, HELD_PER_S, "/s",
                    f"bare batch function; {tried}{missed}", ratio=rate / bare if judged["held"] else None)
    return [
        held,
        Figure(f"judged {rate:,}/s: accepted", run["accepted_per_s"], "/s", "held" if judged["held"] else why_not(run)),
        equal(f"judged {rate:,}/s: counted of the accepted", f"{run['counted']:,}", f"{run['accepted']:,}",
              f"{run['counted_after_s'] - run['elapsed_s']:.2f} s after the last answer"),
        equal(f"judged {rate:,}/s: verdict", judged["judge"]["verdict"], "clean",
              f"{judged['judge']['lines']:,} lines of a journal"),
        Figure(f"judged {rate:,}/s: P99 of the accept", run["latency_ms"]["p99"], "ms", latencies(run), digits=1),
    ]


def latencies(run):
    return f"P50 {run['latency_ms']['p50']:.1f} ms, max {run['latency_ms']['max']:.1f} ms"


def why_not(run):
    """What a rate that was not held came to."""
    lost = run["sent"] + run["not_sent"] - run["accepted"]
    return (f"not: {run['accepted_per_s']:,.0f}/s accepted, {lost:,} not, counted "
            f"{run['counted_after_s'] - run['elapsed_s']:.1f} s later, P99 {run['latency_ms']['p99']:.0f} ms")


def calm_figure(where, run):
    p99 = below(f"{where}{CALM_PER_S:,}/s due: P99 of the accept", run["latency_ms"]["p99"], CALM_P99_MS_MAX, "ms",
                latencies(run), digits=1)
    p99.met = p99.met and run["accepted"] == run["sent"] + run["not_sent"]
    return p99


def words(found):
    runs = {f"{rate:,}/s": run["cpu_us_per_vote"] for rate, run, _ in found["climb"]}
    if judged := found["judged"]:
        runs[f"{judged['rate']:,}/s judged"] = judged["run"]["cpu_us_per_vote"]
    return cpu_table(runs) + ((judged or {}).get("profile") or "")
