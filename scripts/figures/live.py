"""Watchers on one poll beside votes: what it takes until the last of them was shown a commit, and their memory."""
import bisect
import collections
import datetime
import json
import time

from figures.house import AtTheStore, Failure, House, accepted_of
from figures.table import Figure, at_least, below

VOTES_PER_S = 2000
P99_MS_MAX = 250
WATCHER_KB_MAX = 12
KEPT_UP = 0.98
VERSION_MASK = (1 << 40) - 1  # above it, a version on the wire has the store's incarnation


class Commits(AtTheStore):
    """When each version of a poll's counts was committed, as a reader of the store sees it each millisecond: after
    the last look that did not see it, so what is measured from there is too long rather than too short."""

    def __init__(self, house, poll):
        super().__init__(house)
        self.poll = bytes.fromhex(poll.replace("-", ""))
        self.seen = []  # (version, time)

    def version(self):
        return self.base.execute("SELECT version FROM poll_totals WHERE poll_id = ?", (self.poll,)).fetchone()[0]

    def run(self):
        looked, last = time.time(), self.version()
        while not self.over.wait(0.001):
            now, version = time.time(), self.version()
            if version != last:
                self.seen.append((version, looked))
            looked, last = now, version


def pages_of(journal):
    """Of a journal: (version before, version, time) of every page that followed another of its connection; each
    connection's last version; when the run ended."""
    last, pages, ended = {}, [], None
    with open(journal, encoding="utf-8") as lines:
        start = datetime.datetime.fromisoformat(json.loads(next(lines))["started_at"]).timestamp()
        for line in lines:
            if line.startswith('{"read"'):
                read = json.loads(line)
                if read["status"] != 200:
                    continue
                version, watcher = read["version"] & VERSION_MASK, read["connection"]
                if watcher in last:
                    pages.append((last[watcher], version, start + read["at"] / 1e6))
                last[watcher] = version
            elif line.startswith('{"end"'):
                ended = start + json.loads(line)["at"] / 1e6
    if ended is None:
        raise Failure(f"the journal {journal} has no end")
    return pages, last, ended


def delays_of(pages, last, ended, commits):
    """ms from each commit to the last watcher's page that holds it. A watcher that was not shown it by the run's end
    counts as shown it then, so that nobody's wait is left out. Pages and last versions as pages_of() has them;
    commits: (version, time), growing."""
    versions = [version for version, _ in commits]
    shown = collections.defaultdict(float)  # range of commits: when its last watcher was shown it
    for before, version, at in pages:
        span = bisect.bisect_right(versions, before), bisect.bisect_right(versions, version)
        shown[span] = max(shown[span], at)
    for version in last.values():
        shown[bisect.bisect_right(versions, version), len(versions)] = ended
    latest = [0.0] * len(versions)
    for (first, end), at in shown.items():
        for commit in range(first, end):
            latest[commit] = max(latest[commit], at)
    # 0: committed before the first page of anybody, or after the run.
    return [1000 * (at - committed) for at, (_, committed) in zip(latest, commits) if at > committed]


def measure(size, say):
    with House() as house:
        house.start("vote-api")
        house.await_ready()
        house.start("vote-worker")
        poll = house.create_poll()
        house.load("votes", 200, 0.5, poll)
        say(f"{size.watchers:,} watchers beside {VOTES_PER_S:,} votes/s for {size.watched_s} s")
        rest, cpu = house.memory_mib(), house.cpu_s("vote-api")
        house.forget_peak()
        journal = house.folder / "journal"
        with Commits(house, poll) as commits:
            run = house.load("votes", VOTES_PER_S, size.watched_s, poll, "--watchers", size.watchers, "--journal",
                             journal)
        peak, cpu = house.peak_mib(), house.cpu_s("vote-api") - cpu
        pages, last, ended = pages_of(journal)
        delays = sorted(delays_of(pages, last, ended, commits.seen))
    if len(last) != size.watchers or not delays:
        raise Failure(f"{len(last)} of {size.watchers} watchers were shown results, of {len(delays)} commits")
    return {"watchers": run["watchers"], "accepted_per_s": accepted_of(run) / run["elapsed_s"], "commits": len(delays),
            "delay_ms": {name: delays[min(len(delays) - 1, int(len(delays) * part))]
                         for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1))},
            "kb_a_watcher": 1.048576 * 1000 * (peak - rest) / size.watchers,
            "cores": {"vote-loadgen": run["cpu_s"] / run["elapsed_s"], "vote-api": cpu / run["elapsed_s"]}}


def figures(found):
    watchers, delay, cores = found["watchers"], found["delay_ms"], found["cores"]
    count = f"{watchers['count']:,} watchers"
    p99 = below(f"{count}: P99 of commit to the last", delay["p99"], P99_MS_MAX, "ms",
                f"{found['commits']:,} commits, P50 {delay['p50']:.0f} ms, max {delay['max']:.0f} ms; "
                f"{watchers['lost']} lost")
    p99.met = p99.met and watchers["lost"] == 0
    return [
        p99,
        at_least(f"{count}: votes/s beside", found["accepted_per_s"], KEPT_UP * VOTES_PER_S, "/s",
                 f"{watchers['pages']:,} pages shown"),
        below("memory of the API a watcher", found["kb_a_watcher"], WATCHER_KB_MAX, "kB",
              "with what the votes beside took", digits=1),
        Figure("watchers and votes: the client took", cores["vote-loadgen"], "cores",
               f"of the same two; vote-api {cores['vote-api']:.2f}", digits=2),
    ]
