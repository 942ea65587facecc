"""Rows about what the queue holds and who sends it: replayed, poisoned, 64 at once, a key used again; ends of polls."""
import concurrent.futures
import dataclasses
import datetime
import http.client
import json
import random
import sqlite3
import time
import uuid

from cluster.process import Failure
from fault_rows import tokens
from fault_rows.journal import Journal
from fault_rows.kinds import add, tamper
from fault_rows.load import asked_after
from fault_rows.row import DISTRIBUTED, ENGINES, GAP_S_MAX, Fault, Promise, Row, apart, names
from fault_rows.verdict import wait_for

AT_ONCE = 64
KEYS_AT_ONCE = 16
BIG_BYTES = 1_000_000
DRAINED_S_MAX = 300
MADE_S_MAX = 30
CALM = Promise(gap_s_max=GAP_S_MAX, errors_s_max=0, no_superseded=ENGINES)
CALM_OF_THREE = dataclasses.replace(CALM, no_superseded=DISTRIBUTED)


def moments(kind, count):
    return lambda chance, _row, seconds: [
        Fault(fault.at_s, kind, "", detail=chance.randrange(2**32))
        for fault in apart(chance, count, seconds, [""], kind)]


# What the queue holds.

def replay(site, _fault):
    """All workers begin again, whatever they had done. Not where one of them sleeps on the positions."""
    done = tamper(site, "UPDATE queue_positions SET next_offset = 0, last_stamp = NULL, last_digest = 0")
    site.note("replays" if done else "replays_locked_out")


def message(**fields):
    return {"v": 1, "action": "cast", "request_id": str(uuid.uuid4()), "poll_id": str(uuid.uuid4()),
            "user_id": str(uuid.uuid4()), "option_ids": [str(uuid.uuid4())],
            "accepted_at": "2026-01-15T10:30:00.000000Z", "ip": "192.0.2.1", "user_agent": "poison", **fields}


def poison(site, fault):
    """One of each kind; none is a vote."""
    chance = random.Random(fault.detail)
    messages = [message(v=99), message(action="dance"), message(user_id=7), message(option_ids="all of them"),
                message(user_agent="x" * BIG_BYTES), message(), message(poll_id=site.load.polls[0]),
                message(request_id="none"), {}, [], None, 17]
    values = [chance.randbytes(chance.randrange(1, 2000)), b"[" * 100_000, b'{"v":1', b" ",
              *(json.dumps(each).encode() for each in messages)]
    chance.shuffle(values)
    try:
        site.engine.put(values, site.folder)
        site.note("poison", len(values))
    except (Failure, sqlite3.OperationalError):
        site.note("poison_locked_out", len(values))


def bury(site):
    """What nobody can count is given up by the operator, so that polls can become final."""
    wait_for(lambda: (lag := site.lag()) and lag[0] == lag[1], "all that is in the queue is processed", DRAINED_S_MAX)
    site.note("dead_letters", json.loads(site.timed("vote-dlq", "--json", "count")["out"])["count"])
    site.timed("vote-dlq", "drop", "--all", "--yes", "--quiet")


# Voters of our own.

class Voters:
    """Votes with a journal of their own, in polls of their own, on a connection for each try."""

    def __init__(self, site):
        self.site, self.journal = site, Journal()
        self.pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        self.secret = (site.folder / "secret").read_bytes().strip()
        self.polls, self.sending = [], []

    def make_poll(self, seconds=3600, options=4, **fields):
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
        made = {"title": "A poll under faults", "options": [f"option {number}" for number in range(options)],
                "status": "active", "end_time": end, **fields}
        fields = {"Content-Type": "application/json",
                  "Authorization": f"Bearer {tokens.token(self.secret, uuid.uuid4())}"}

        def is_made():
            status, text = self.site.ask("POST", "/v1/polls", json.dumps(made), fields)
            if status == 201:
                self.polls.append(json.loads(text))
            return status == 201
        wait_for(is_made, "a poll is made", MADE_S_MAX)
        return self.polls[-1]

    def vote(self, poll, voter, key, position, port):
        """One try. None of the votes is lost: it is journalled first."""
        self.journal.sent(poll["poll_id"], voter, key, position)
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            line.request("POST", f"/v1/polls/{poll['poll_id']}/votes",
                         json.dumps({"option_ids": [poll["options"][position - 1]["option_id"]]}),
                         {"Content-Type": "application/json", "Idempotency-Key": key,
                          "Authorization": f"Bearer {tokens.token(self.secret, voter)}"})
            answer = line.getresponse()
            body = answer.read()
            code = json.loads(body)["code"] if answer.status >= 400 else ""
            self.journal.answered(poll["poll_id"], voter, key, answer.status, code)
        except (OSError, http.client.HTTPException):
            self.journal.answered(poll["poll_id"], voter, key, 0)
        finally:
            line.close()

    def all_at_once(self, votes):
        """Does not wait for their answers."""
        self.sending += [self.pool.submit(self.vote, *vote) for vote in votes]

    def write(self):
        """Once all are answered, or were given up."""
        for future in self.sending:
            future.result()
        file = self.site.folder / "voters.ndjson"
        with open(file, "w", encoding="utf-8") as lines:
            for each in self.journal.lines(self.polls, self.site.url()):
                print(json.dumps(each), file=lines)
        self.site.journals.append(file)


def with_voters(site):
    site.voters = Voters(site)


def hand_in(site):
    site.voters.write()
    site.note("requests_of_voters", len(site.voters.journal.choices))
    site.note("5xx_of_voters", site.voters.journal.server_errors())


def crowd(site, fault):
    """One voter, 64 tries at once: other keys, other options, other connections, other API processes."""
    chance, voters = random.Random(fault.detail), site.voters
    poll = voters.polls[0] if voters.polls else voters.make_poll()
    voter, ports = str(uuid.UUID(int=chance.getrandbits(128), version=4)), list(site.ports.values())
    voters.all_at_once([(poll, voter, str(uuid.UUID(int=chance.getrandbits(128), version=4)), chance.randrange(1, 5),
                         ports[number % len(ports)]) for number in range(AT_ONCE)])


def same_keys(site, fault):
    """One key in two polls and by two voters: four requests, each counted."""
    chance, voters = random.Random(fault.detail), site.voters
    while len(voters.polls) < 2:
        voters.make_poll()
    ports, votes = list(site.ports.values()), []
    for _ in range(KEYS_AT_ONCE):
        key = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        for voter in [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(2)]:
            votes += [(poll, voter, key, chance.randrange(1, 5), chance.choice(ports)) for poll in voters.polls[:2]]
    chance.shuffle(votes)
    voters.all_at_once(votes)


# Polls that end.

def end_soon(site):
    """The load's first poll ends in the middle of it; the second one goes on."""
    site.voters = Voters(site)
    site.wanted_polls = lambda: [site.voters.make_poll(seconds, allow_vote_change=True, max_votes_per_user=2,
                                                       allow_multiple_options=True)["poll_id"]
                                 for seconds in (SOON_S, 3600)]


SOON_S = 10
# After the end, or after the last API's lease that may not know of it: the grace of site.SETTINGS, and as much again.
OVER_AFTER_S = 2
LEASE_S = 5
LEASE = f"api.lease={LEASE_S}s"
# Of a row whose poll ends under load.
OVER = {"shows": ("refused_after_the_end",), "never": ("acknowledged_after_the_end",)}


def look_behind_the_end(site, end):
    """Of the load's first poll: what was asked for when it was over is refused."""
    acknowledged, refused = asked_after(site.load.journal, site.load.polls[0], end + OVER_AFTER_S)
    site.note("acknowledged_after_the_end", acknowledged)
    site.note("refused_after_the_end", refused)


def over_by_itself(site):
    look_behind_the_end(site, datetime.datetime.fromisoformat(site.voters.polls[0]["end_time"]).timestamp())


def over_by_hand(site):
    look_behind_the_end(site, site.closed_at + LEASE_S)


def closed_early(site, _fault):
    """By its owner, or an operator, while votes are on their way."""
    status, _ = site.ask("POST", f"/v1/polls/{site.load.polls[0]}/close", None,
                         {"Authorization": f"Bearer {site.admin_token()}"})
    site.closed_at = time.time()
    site.note(f"closed_with_{status}")


def ends_without_workers(chance, row, _seconds):
    """All workers stop before the end and go on after it; the closer is killed meanwhile."""
    begin = round(chance.uniform(3, 5), 2)
    stopped = [Fault(begin, "frozen" if number % 2 else "killed", worker, round(12 - begin + chance.uniform(0, 2), 2))
               for number, worker in enumerate(names("worker", row.workers))]
    return [*stopped, *apart(chance, 5, 18, ["reconcile1", "reconcile2"], "killed", (0.1, 0.8))]


def closings(chance, row, _seconds):
    """Closed while votes are queued and nobody reads them; API and closer die half-way."""
    moment = round(chance.uniform(3, 6), 2)
    stopped = [Fault(round(moment - 1, 2), "frozen", worker, round(chance.uniform(4, 7), 2))
               for worker in names("worker", row.workers)]
    return [*stopped, Fault(moment, "closed", ""),
            Fault(round(moment + chance.uniform(0, 0.5), 2), "killed", "api2", round(chance.uniform(1, 4), 2)),
            *apart(chance, 6, 18, ["reconcile1", "reconcile2"], "killed", (0.1, 0.6))]


add("replayed", replay)
add("poisoned", poison)
add("crowded", crowd)
add("same-keys", same_keys)
add("closed", closed_early)

ROWS = [
    Row("replay", "replay: positions reset to 0, each time twice and more",
        moments("replayed", 6), promise=CALM, shows=("replays",)),
    Row("poison", "poison", moments("poisoned", 8), promise=CALM, finish=bury, shows=("dead_letters",)),
    Row("same-voter", "same voter, 64 at once", moments("crowded", 14), apis=3, prepare=with_voters, finish=hand_in,
        promise=CALM_OF_THREE, shows=("requests_of_voters",), never=("5xx_of_voters",)),
    Row("same-key", "same idempotency key reused on another poll, by another voter", moments("same-keys", 14), apis=3,
        prepare=with_voters, finish=hand_in, promise=CALM_OF_THREE, shows=("requests_of_voters",),
        never=("5xx_of_voters",)),
    Row("poll-ends", "poll ends while votes are queued: workers stopped across the end, the closer killed",
        ends_without_workers, reconciles=2, seconds=18, prepare=end_soon, finish=over_by_itself,
        promise=Promise(no_superseded=ENGINES), **OVER),
    Row("poll-closed-early", "poll is closed early while votes are queued: an API and the closer killed half-way",
        closings, apis=2, reconciles=2, seconds=18, flags={"api": (LEASE,)}, finish=over_by_hand,
        shows=(*OVER["shows"], "closed_with_200"), never=OVER["never"]),
]
