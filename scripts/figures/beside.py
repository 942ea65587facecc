"""Another implementation of the same job (figures/peer) on its own servers, and ours, in turn."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid

from figures.house import Failure, House
from figures.servers import CACHE, Servers, free_port, need, run
from figures.table import Figure

PEER = pathlib.Path(__file__).resolve().parent / "peer"
PACKAGES = ["fastapi", "uvicorn[standard]", "redis", "aiokafka", "asyncpg", "pyjwt"]
SECRET = "a secret of the bench, 32 bytes or more"
CONNECTIONS = 64
PROCESSES = 2  # of its API

FULL = {"vote_s": 15, "read_s": 5, "drain_s": 10}
QUICK = {"vote_s": 4, "read_s": 2, "drain_s": 4}


def python():
    """An interpreter with what the peer needs, kept in build/."""
    venv = CACHE / "python"
    if not (venv / "complete").exists():
        run(["/usr/bin/python3", "-m", "venv", venv])
        run([venv / "bin" / "pip", "install", "--quiet", *PACKAGES])
        (venv / "complete").touch()
    return venv / "bin" / "python"


def wrk(url, seconds, *script):
    """Requests answered a second, P99 in ms, and answers other than 2xx."""
    text = run([need("wrk", "wrk"), "-t", "1", "-c", CONNECTIONS, "-d", f"{seconds}s", "--latency", *script[:2], url,
                *script[2:]])
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    total = int(re.search(r"(\d+) requests in", text)[1])
    refused = int(refused[1]) if refused else 0
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    return {"per_second": rate * (total - refused) / total, "p99_ms": float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit],
            "refused": refused}


def sql(servers, statement):
    return run([need("psql", "postgresql-client"), "-XAtq", "-d", servers.postgres, "-c", statement], cwd="/").strip()


def peer(lengths, say):
    interpreter = python()
    poll, options = str(uuid.uuid4()), [str(uuid.uuid4()) for _ in range(4)]
    with tempfile.TemporaryDirectory(prefix="vote-bench-peer.") as folder, Servers(folder) as servers:
        sql(servers, "CREATE TABLE s_polls (poll_id text PRIMARY KEY, total_votes bigint DEFAULT 0);"
                     "CREATE TABLE s_options (option_id text PRIMARY KEY, vote_count bigint DEFAULT 0);"
                     "CREATE TABLE s_votes (id bigserial PRIMARY KEY, user_id text, poll_id text, option_id text,"
                     " voted_at timestamptz, UNIQUE (user_id, poll_id));"
                     f"INSERT INTO s_polls VALUES ('{poll}');"
                     + "".join(f"INSERT INTO s_options VALUES ('{option}');" for option in options))
        port = free_port()
        environment = {**os.environ, "SECRET": SECRET, "REDIS": servers.redis, "KAFKA": servers.kafka,
                       "PG": servers.postgres, "OPTIONS": ",".join(options)}
        api = servers.start("api", [interpreter, "-m", "uvicorn", "app:app", "--port", port, "--workers", PROCESSES,
                                    "--no-access-log"], cwd=PEER, env=environment)
        servers.await_port("api", api, port)
        tokens = pathlib.Path(folder) / "tokens"
        run([interpreter, PEER / "tokens.py", SECRET, 12_000 * lengths["vote_s"], tokens])
        url = f"http://127.0.0.1:{port}/polls/{poll}"
        await_answer(f"{url}/results")
        say(f"the peer: votes for {lengths['vote_s']} s")
        found = {"vote": wrk(f"{url}/vote", lengths["vote_s"], "-s", PEER / "vote.lua", "--", tokens,
                             json.dumps({"option_id": options[0]}))}
        say(f"the peer: reads for {lengths['read_s']} s, then its worker for {lengths['drain_s']} s")
        found["read"] = wrk(f"{url}/results", lengths["read_s"])
        worker = servers.start("worker", [interpreter, PEER / "worker.py"], env=environment)
        found["counted_per_s"] = drained(servers, worker, lengths["drain_s"])
    return found


def await_answer(url):
    end = time.monotonic() + 30
    while True:
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except (urllib.error.URLError, ConnectionError) as error:
            if time.monotonic() > end:
                raise Failure(f"the peer does not answer at {url}: {error}") from error
            time.sleep(0.1)


def drained(servers, worker, seconds):
    """Votes a second that its worker counts, from its first on."""
    count = lambda: int(sql(servers, "SELECT count(*) FROM s_votes"))  # noqa: E731
    end = time.monotonic() + 60
    while count() == 0:
        if time.monotonic() > end or worker.poll() is not None:
            raise Failure("the peer's worker counts nothing:\n" + (servers.folder / "worker.log").read_text()[-2000:])
        time.sleep(0.1)
    first, began = count(), time.monotonic()
    time.sleep(seconds)
    return (count() - first) / (time.monotonic() - began)


def ours(lengths, say):
    with House() as house:
        house.start("vote-api")
        house.await_ready()
        poll = house.create_poll()
        say(f"ours: votes for {lengths['vote_s']} s, reads, then the worker")
        vote = house.load("votes", "max", lengths["vote_s"], poll, connections=CONNECTIONS)
        accepted = vote["statuses"].get("202", 0)
        read = house.load("reads", "max", lengths["read_s"], poll, connections=CONNECTIONS)
        began = time.monotonic()
        house.timed("vote-worker", "--once")
        counted = house.counted(poll)
        if counted != accepted:
            raise Failure(f"{accepted} votes were accepted and {counted} counted")
        return {"vote": {"per_second": accepted / vote["elapsed_s"], "p99_ms": vote["latency_ms"]["p99"]},
                "read": {"per_second": read["per_second"]}, "counted_per_s": counted / (time.monotonic() - began)}


def measure(quick, say):
    lengths = QUICK if quick else FULL
    try:
        theirs = peer(lengths, say)
    except Failure as failure:
        print(f"bench: the peer was not run: {failure}", file=sys.stderr)
        return {"not_run": str(failure).splitlines()[0]}
    return {"peer": theirs, "ours": ours(lengths, say)}


def figures(found):
    if "not_run" in found:
        return [Figure("the peer", "not run", "", None, found["not_run"])]
    theirs, own = found["peer"], found["ours"]

    def row(what, mine, other, unit=""):
        return Figure(f"beside the peer: {what}", f"{mine:,.0f}/s", "", None,
                      f"{mine / other:,.1f} times its {other:,.0f}/s{unit}")

    return [
        row("votes accepted", own["vote"]["per_second"], theirs["vote"]["per_second"],
            f", which no broker has acknowledged; P99 {own['vote']['p99_ms']:.0f} to {theirs['vote']['p99_ms']:.0f} ms"),
        row("votes counted by the worker", own["counted_per_s"], theirs["counted_per_s"]),
        row("reads of results", own["read"]["per_second"], theirs["read"]["per_second"]),
    ]
