"""What all daemons hold while 5,000 votes a second come for twenty minutes: what is not a vote's own does not grow."""
import json
import os
import statistics
import time

from figures.engine import Distributed, Embedded
from figures.house import Failure, House, accepted_of
from figures.plot import svg
from figures.samples import Samples
from figures.table import Figure, equal

VOTES_PER_S = 5_000
PROGRAMS = ("vote-api", "vote-worker", "vote-reconcile")
SETTLED = 0.25  # of the run: five minutes of twenty
# Flat is what grows by no more than this from then on: pages that an allocator, a JVM or a log come and go with.
FLAT_SHARE = 0.10
FLAT_MIB = 16
FLAT_FILES = 16
# memory: keeps a mark a vote, until an hour after the poll's end, up to MARKS_MAX (lib/cache/memory).
MARKS_MAX = 4_000_000
MARK_BYTES_MAX = 200
P99_GROWTH_MAX = 1.5
P99_APART_MS = 5
POLL_MARGIN_S = 10
FINAL_S_MAX = 120


def slope(points):
    """Per second, of the straight line that fits best."""
    if len(points) < 2:
        return 0
    return statistics.linear_regression([t for t, _ in points], [value for _, value in points]).slope


def grown(points, settled_s, seconds):
    """(level when settled, growth until the end by the line that fits best)."""
    rest = [(t, value) for t, value in points if t >= settled_s] or points[-1:]
    return statistics.median(value for _, value in rest[:max(1, len(rest) // 10)]), slope(rest) * (seconds - settled_s)


def start_poll(house, token, seconds):
    """Ends by itself soon after the votes in it, and becomes final."""
    made = house.timed("votectl", "--json", "--url", f"http://127.0.0.1:{house.port}", "poll", "create", "Endurance",
                       *"-o a -o b -o c -o d".split(), "--for", f"{int(seconds + POLL_MARGIN_S)}s",
                       env={**os.environ, "VOTE_TOKEN": token})
    return json.loads(made["out"])["poll_id"]


def token_of(house):
    made = house.timed("votectl", "token", "--role", "admin", "--for", "4h", "--secret-file", house.folder / "secret")
    return made["out"].decode().strip()


def await_final(house, poll):
    """Its results, once they are final or FINAL_S_MAX is over."""
    end = time.monotonic() + FINAL_S_MAX
    while True:
        found = json.loads(house.get(f"/v1/polls/{poll}/results")[1])
        if found["final"] or time.monotonic() > end:
            return found
        time.sleep(0.2)


def measure(size, say, servers=None, minutes=None, svg_file=None):
    seconds = minutes * 60 if minutes else size.endured_s
    engine = Distributed(servers) if servers else Embedded()
    with House(engine=engine) as house:
        engine.prepare_long_run()
        house.start("vote-api")
        house.await_ready()
        for program in PROGRAMS[1:]:
            house.start(program)
        token = token_of(house)
        runs = []
        with Samples(house, size.sampled_s) as samples:
            while (left := seconds - (time.monotonic() - samples.began)) > size.endured_poll_s / 2:
                say(f"{VOTES_PER_S:,} votes/s, {left / 60:.1f} min to go")
                poll = start_poll(house, token, size.endured_poll_s)
                began = time.monotonic() - samples.began
                run = house.load("votes", VOTES_PER_S, min(left, size.endured_poll_s), poll)
                runs.append({"poll": poll, "began_s": began, "accepted": accepted_of(run), "sent": run["sent"],
                             "not_sent": run["not_sent"], "latency_ms": run["latency_ms"]})
            seconds = time.monotonic() - samples.began
        say("until the last poll is final")
        for run in runs:
            final = await_final(house, run["poll"])
            run.update(counted=final["total_votes"], final=final["final"])
        lost = [name for name in PROGRAMS if house.processes[name].poll() is not None]
        if lost:
            raise Failure(f"{', '.join(lost)} ended within the run")
    samples.series["p99"]["from when it was due"] = [(run["began_s"], run["latency_ms"]["p99"]) for run in runs]
    found = {"seconds": seconds, "settled_s": seconds * SETTLED, "runs": runs, "series": samples.series,
             "engine": "distributed" if servers else "embedded"}
    if svg_file:
        with open(svg_file, "w") as file:
            file.write(drawing(found))
        found["svg"] = str(svg_file)
    return found


def drawing(found):
    series = found["series"]
    panels = [("resident memory", "MiB", series["memory"]), ("open files", "", series["files"]),
              ("write-ahead logs", "MiB", series["logs"]), ("what keeps each vote", "MiB", series["kept"]),
              ("accepted and not counted yet", "messages", series["lag"]), ("dead letters", "", series["dead letters"]),
              ("P99 of the accept", "ms", series["p99"])]
    return svg(f"{VOTES_PER_S:,} votes/s for {found['seconds'] / 60:.0f} min, {found['engine']} engine", panels,
               found["seconds"], found["settled_s"])


def flat(what, unit, points, found, apart):
    """apart: what may come and go whatever the level."""
    level, growth = grown(points, found["settled_s"], found["seconds"])
    allowed = max(apart, FLAT_SHARE * level)
    minutes = (found["seconds"] - found["settled_s"]) / 60
    return Figure(f"{what}: growth once settled", growth, unit, f"{level:,.0f} {unit} before; {minutes:.0f} min more".replace(
        "  ", " "), digits=1, goal=round(allowed, 1), sense="<", met=growth < allowed)


def marks(name, points, found):
    """A program that keeps a mark a vote in its own memory: its table doubles, so it grows by steps."""
    kept = min(MARKS_MAX, sum(run["accepted"] for run in found["runs"]))
    first, last = points[0][1], points[-1][1]
    bytes_ = (last - first) * (1 << 20) / max(1, kept)
    return Figure(f"{name}: memory of a mark", bytes_, "bytes", f"{kept:,} marks; {last:,.0f} MiB at the end",
                  goal=MARK_BYTES_MAX, sense="<", met=bytes_ < MARK_BYTES_MAX)


def p99_figure(found):
    points = [point for point in found["series"]["p99"]["from when it was due"] if point[0] >= found["settled_s"]]
    if len(points) < 2:
        points = found["series"]["p99"]["from when it was due"]
    half = max(1, len(points) // 2)
    first, last = (statistics.median(value for _, value in part) for part in (points[:half], points[-half:]))
    goal = first * P99_GROWTH_MAX + P99_APART_MS
    return Figure("P99 of the accept, second half of the settled run", last, "ms", f"first half {first:.1f} ms; by poll",
                  digits=1, goal=round(goal, 1), sense="<", met=last < goal)


def figures(found):
    series, runs = found["series"], found["runs"]
    marking = "vote-api" if found["engine"] == "embedded" else None
    accepted = sum(run["accepted"] for run in runs)
    rows = [equal("accepted of the due", f"{accepted:,}", f"{sum(run['sent'] + run['not_sent'] for run in runs):,}",
                  f"{found['seconds'] / 60:.1f} min, {len(runs)} polls one after another"),
            equal("counted of the accepted", f"{sum(run['counted'] for run in runs):,}", f"{accepted:,}"),
            equal("polls that are final", str(sum(run["final"] for run in runs)), str(len(runs))),
            equal("dead letters", f"{max((v for _, v in series['dead letters'].get('dead letters', [])), default=0):,}",
                  "0")]
    for name, points in series["memory"].items():
        rows.append(marks(name, points, found) if name == marking
                    else flat(f"{name}: memory", "MiB", points, found, FLAT_MIB))
    rows += [flat(f"{name}: open files", "", points, found, FLAT_FILES) for name, points in series["files"].items()]
    rows += [flat(name, "MiB", points, found, FLAT_MIB) for name, points in series["logs"].items()]
    rows += [flat("accepted and not counted yet", "messages", points, found, VOTES_PER_S)
             for points in series["lag"].values()]
    for name, points in series["kept"].items():
        rows.append(Figure(f"{name}: bytes a vote", slope(points) * found["seconds"] * (1 << 20) / max(1, accepted),
                           "bytes", "grows by design: it keeps the votes"))
    return [*rows, p99_figure(found)]
