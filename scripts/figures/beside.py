"""Another implementation of the same job (figures/peer) on real servers, and ours, in turn."""
import contextlib
import json
import os
import pathlib
import re
import statistics
import sys
import time
import urllib.request
import uuid

from cluster import kafka
from cluster.process import spawn
from cluster.programs import missing, need
from cluster.server import listens
from cluster.servers import not_installed
from cluster.state import free_port
from cluster.tools import Tools
from figures.engine import Distributed, Embedded, running_servers
from figures.house import ROOT, Failure, House, accepted_of
from figures.table import Figure, not_run, shown

PEER = pathlib.Path(__file__).resolve().parent / "peer"
CACHE = ROOT / "build" / "peer"
PACKAGES = ["fastapi", "uvicorn[standard]", "redis", "aiokafka", "asyncpg", "pyjwt"]
SECRET = "a secret of the bench, 32 bytes or more"
CONNECTIONS = 64
PROCESSES = 2  # of its API
READY_S_MAX = 30
FIRST_COUNT_S_MAX = 60
TOKENS_PER_S = 12_000  # more than it answers
TOPIC = "votes-seed"

run = Tools().run


def python():
    """An interpreter with what the peer needs, kept in build/."""
    venv = CACHE / "python"
    if not (venv / "complete").exists():
        run(["/usr/bin/python3", "-m", "venv", venv])
        run([venv / "bin" / "pip", "install", "--quiet", *PACKAGES])
        (venv / "complete").touch()
    return venv / "bin" / "python"


def wrk(url, seconds, *script):
    """Requests answered with 2xx a second, P99 in ms, and how many other answers and errors there were."""
    text = run([need("wrk"), "-t", "1", "-c", CONNECTIONS, "-d", f"{seconds}s", "--latency", *script[:2], url,
                *script[2:]])
    latency = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", text)
    total = re.search(r"(\d+) requests in", text)
    if not latency or not total or total[1] == "0":
        raise Failure(f"wrk got no answers from {url}: {text}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    refused, total = int(refused[1]) if refused else 0, int(total[1])
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    return {"per_second": rate * (total - refused) / total, "refused": refused,
            "p99_ms": float(latency[1]) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[latency[2]],
            "errors": sum(map(int, errors.groups())) if errors else 0}


class Peer:
    """The peer's API and worker, started on servers that run; gone at the end."""

    def __init__(self, servers, size):
        self.folder, self.size, self.interpreter = servers.folder, size, python()
        self.base = servers.state.store_url()
        self.processes = []
        # A poll a round: its voters are the same in each, and vote once in a poll.
        self.polls = [str(uuid.uuid4()) for _ in range(size.rounds)]
        self.options = [str(uuid.uuid4()) for _ in range(4)]
        self.make_tables()
        run(kafka.java("org.apache.kafka.tools.TopicCommand", "--create", "--topic", TOPIC, "--bootstrap-server",
                       servers.state.bootstrap()))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/polls"
        self.environment = {**os.environ, "SECRET": SECRET, "REDIS": servers.state.cache_url(), "PG": self.base,
                            "KAFKA": servers.state.bootstrap(), "OPTIONS": ",".join(self.options)}
        try:
            self.start_api(port)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()

    def start(self, name, *command):
        return spawn([self.interpreter, *command], self.folder / f"{name}.log", self.processes.append, cwd=PEER,
                     env=self.environment)

    def start_api(self, port):
        api = self.start("api", "-m", "uvicorn", "app:app", "--port", port, "--workers", PROCESSES, "--no-access-log")
        self.wait_for("its API listens", "api", api, lambda: listens(port))
        self.tokens = self.folder / "tokens"
        run([self.interpreter, PEER / "tokens.py", SECRET, TOKENS_PER_S * self.size.vote_s, self.tokens])
        self.wait_for("its API answers", "api", api, lambda: answers(f"{self.url}/{self.polls[0]}/results"))

    def sql(self, statement):
        return run([need("psql"), "-XAtq", "-d", self.base, "-c", statement]).strip()

    def make_tables(self):
        polls = ",".join(f"('{poll}')" for poll in self.polls)
        options = ",".join(f"('{option}')" for option in self.options)
        self.sql("CREATE TABLE s_polls (poll_id text PRIMARY KEY, total_votes bigint DEFAULT 0);"
                 "CREATE TABLE s_options (option_id text PRIMARY KEY, vote_count bigint DEFAULT 0);"
                 "CREATE TABLE s_votes (id bigserial PRIMARY KEY, user_id text, poll_id text, option_id text,"
                 " voted_at timestamptz, UNIQUE (user_id, poll_id));"
                 f"INSERT INTO s_polls VALUES {polls}; INSERT INTO s_options VALUES {options};")

    def wait_for(self, what, name, process, check, seconds=READY_S_MAX):
        """check()'s first true value."""
        end = time.monotonic() + seconds
        while not (value := check()):
            if process.gone_within(0.1) or time.monotonic() > end:
                log = (self.folder / f"{name}.log").read_text(errors="replace")
                raise Failure(f"the peer: not that {what} within {seconds} s:\n{log[-2000:]}")
        return value

    def vote(self, number):
        return wrk(f"{self.url}/{self.polls[number]}/vote", self.size.vote_s, "-s", PEER / "vote.lua", "--",
                   self.tokens, json.dumps({"option_id": self.options[0]}))

    def read(self, number):
        return wrk(f"{self.url}/{self.polls[number]}/results", self.size.peer_read_s)

    def counted_per_s(self):
        """What its worker counts, from its first vote on."""
        def counted():
            return int(self.sql("SELECT count(*) FROM s_votes"))

        worker = self.start("worker", PEER / "worker.py")
        first = self.wait_for("its worker counts", "worker", worker, counted, FIRST_COUNT_S_MAX)
        began = time.monotonic()
        time.sleep(self.size.drain_s)
        last, seconds = counted(), time.monotonic() - began
        worker.kill()
        return (last - first) / seconds


def answers(url):
    with contextlib.suppress(OSError):
        return urllib.request.urlopen(url, timeout=5).read()
    return None


def our_vote(house, poll, seconds):
    run_ = house.load("votes", "max", seconds, poll, connections=CONNECTIONS)
    return {"per_second": accepted_of(run_) / run_["elapsed_s"], "p99_ms": run_["latency_ms"]["p99"],
            "accepted": accepted_of(run_)}


def our_counted_per_s(house, poll, accepted):
    """All that was accepted, from the worker's start to its end."""
    seconds = house.timed("vote-worker", "--once")["seconds"]
    if (counted := house.await_counted(poll, accepted)) != accepted:
        raise Failure(f"{accepted} votes were accepted and {counted} counted")
    return accepted / seconds


def side_by_side(size, say, servers, engine):
    found = {"peer": {"vote": [], "read": []}, "ours": {"vote": [], "read": []}}
    with Peer(servers, size) as peer, House(engine=engine) as house:
        house.start("vote-api")
        house.await_ready()
        poll = house.create_poll()
        for number in range(size.rounds):
            say(f"the peer's votes and reads, then ours, {number + 1} of {size.rounds}")
            found["peer"]["vote"].append(peer.vote(number))
            found["ours"]["vote"].append(our_vote(house, poll, size.vote_s))
            found["peer"]["read"].append(peer.read(number))
            found["ours"]["read"].append(house.load("reads", "max", size.peer_read_s, poll, connections=CONNECTIONS))
        say(f"the peer's worker for {size.drain_s} s, then ours")
        found["peer"]["counted_per_s"] = peer.counted_per_s()
        found["ours"]["counted_per_s"] = our_counted_per_s(
            house, poll, sum(run_["accepted"] for run_ in found["ours"]["vote"]))
    return found


def measure(size, say, servers=None):
    """servers: where both stand; else ours is the embedded engine, and the peer's are its own."""
    try:
        if absent := not_installed() + missing(["wrk"]):
            raise Failure(f"not installed: {', '.join(absent)}; scripts/install-dependencies --bench installs it")
        if servers:
            return side_by_side(size, say, servers, Distributed(servers))
        with running_servers() as own:
            return side_by_side(size, say, own, Embedded())
    except (Failure, OSError) as failure:
        print(f"bench: the peer was not run: {failure}", file=sys.stderr)
        return {"not_run": str(failure)}


def figures(found):
    if "not_run" in found:
        return [not_run("beside the peer", found["not_run"])]
    theirs, own = found["peer"], found["ours"]

    def median(side, what, field):
        return statistics.median(run_[field] for run_ in side[what])

    def row(what, mine, other, unit, words):
        return Figure(what, mine, unit, f"the peer's {shown(other, unit, 0)}{words}", mine / other if other else None)

    def of(what, field):
        return median(own, what, field), median(theirs, what, field)

    refused = sum(run_["refused"] + run_["errors"] for run_ in theirs["vote"] + theirs["read"])
    return [
        row("beside the peer: votes accepted", *of("vote", "per_second"), "/s",
            f", which wait for no broker; {refused} refused or in error"),
        row("beside the peer: P99 of the accept", *of("vote", "p99_ms"), "ms", f", {CONNECTIONS} busy connections each"),
        row("beside the peer: votes counted", own["counted_per_s"], theirs["counted_per_s"], "/s",
            ", without its start; ours with it"),
        row("beside the peer: reads of results", *of("read", "per_second"), "/s",
            ", whose page is empty: nothing fills it"),
    ]
