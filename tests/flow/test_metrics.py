"""What the daemons count of themselves, as Prometheus reads it, against what really happened."""
import re
import subprocess
import urllib.error
import urllib.request
import uuid

import pytest

from house import ROOT, House, eventually, free_port, option_id

CAST = {"method": "POST", "route": "/v1/polls/{id}/votes"}
VOTES = 5


def checked(text):
    """promtool has no word against it."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return text


def scrape(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return checked(answer.read().decode())


def value(text, name, **labels):
    """Of the one series that has these labels; what is not shown counts as 0."""
    found = []
    for line in text.splitlines():
        series = re.fullmatch(rf"{name}(?:{{(.*)}})? (\S+)", line)
        own = dict(re.findall(r'(\w+)="([^"]*)"', series[1] or "")) if series else {}
        if series and labels.items() <= own.items():
            found.append(float(series[2]))
    assert len(found) <= 1, f"{name}{labels}: {found}"
    return found[0] if found else 0


def names(text):
    return set(re.findall(r"^# TYPE (\S+)", text, re.M))


@pytest.fixture
def watched(tmp_path):
    """A house where each daemon shows its numbers at a port of its own."""
    house = House(tmp_path / "house")
    house.ports = {program: free_port() for program in ("vote-api", "vote-worker", "vote-reconcile")}
    house.numbers = lambda program: scrape(house.ports[program])
    house.watch = lambda program: {"VOTE_METRICS_LISTEN": f"127.0.0.1:{house.ports[program]}"}
    try:
        yield house
    finally:
        house.stop()


def vote(house, poll):
    """5 votes, 2 of them sent a second time, 1 more of another's voter, 1 for no option, 1 without a token."""
    voters = [(house.token(), uuid.uuid4()) for _ in range(VOTES)]
    for token, key in voters + voters[:2]:
        assert house.cast(poll, 0, token, key=key).status == 202
    assert house.cast(poll, 1, voters[0][0]).code == "vote_in_progress"
    path = f"/v1/polls/{poll['poll_id']}/votes"
    assert house.post(path, {"option_id": str(uuid.uuid4())}, token=house.token()).code == "invalid_option"
    assert house.post(path, {"option_id": option_id(poll, 0)}).status == 401


def test_the_api_counts_what_it_was_asked(house):
    house.start_api()
    poll = house.poll()
    vote(house, poll)
    text = scrape(house.port)
    assert value(text, "vote_build_info", program="vote-api", version="0.1.0") == 1
    assert value(text, "vote_http_requests_total", status="202", **CAST) == VOTES + 2
    assert value(text, "vote_http_requests_total", status="409", **CAST) == 1
    assert value(text, "vote_http_requests_total", status="422", **CAST) == 1
    assert value(text, "vote_http_requests_total", status="401", **CAST) == 1
    assert value(text, "vote_http_request_duration_seconds_count", **CAST) == VOTES + 5
    assert value(text, "vote_http_request_duration_seconds_bucket", le="+Inf", **CAST) == VOTES + 5
    for code in ("vote_in_progress", "invalid_option", "unauthorized"):
        assert value(text, "vote_http_errors_total", code=code) == 1
    for outcome, count in {"queued": VOTES, "repeated": 2, "duplicate": 1, "refused": 1, "recorded": 0}.items():
        assert value(text, "vote_casts_total", outcome=outcome) == count, outcome
    assert value(text, "vote_marks_total", found="none") == VOTES
    assert value(text, "vote_marks_total", found="queued") == 3
    assert value(text, "vote_queue_append_duration_seconds_count") == VOTES
    assert value(text, "vote_ready") == 1
    assert value(text, "vote_mode", mode="queue") == 1
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text), "no label names a poll or a voter"


def test_the_api_counts_what_limits_refuse_and_who_watches(house):
    house.start_api(VOTE_LIMITS_VOTES_PER_IP_PER_MINUTE="1", VOTE_LIMITS_DEVICES_PER_USER="1")
    poll = house.poll(token=house.token(role="admin"))
    token = house.token()
    assert house.cast(poll, 0, token).status == 202
    assert house.cast(poll, 0, house.token()).status == 429
    path = f"/v1/polls/{poll['poll_id']}/votes"
    assert house.post(path, {"option_id": option_id(poll, 0)}, token=token, User_Agent="another").status == 403
    with urllib.request.urlopen(f"{house.url}/v1/polls/{poll['poll_id']}/results/events", timeout=30) as events:
        assert events.readline()
        text = scrape(house.port)
        assert value(text, "vote_live_watchers") == 1
    assert value(text, "vote_limit_refusals_total", limit="votes-per-address") == 1
    assert value(text, "vote_limit_refusals_total", limit="devices-per-user") == 1
    assert value(text, "vote_limit_refusals_total", limit="votes-per-user") == 0
    eventually(lambda: value(scrape(house.port), "vote_live_watchers") == 0, "nobody watches any more")


def test_an_address_of_its_own_takes_the_numbers_off_the_public_port(watched):
    watched.start_api(**watched.watch("vote-api"))
    poll = watched.poll()
    assert watched.cast(poll, 0, watched.token()).status == 202
    assert watched.get("/metrics").status == 404
    text = watched.numbers("vote-api")
    assert value(text, "vote_casts_total", outcome="queued") == 1
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{watched.ports['vote-api']}/v1/polls", timeout=10)
    assert refused.value.code == 404


def test_a_worker_counts_what_it_processed_and_what_waits(watched):
    watched.start_api()
    poll = watched.poll()
    vote(watched, poll)
    watched.put_in_queue("{}")
    watched.start_worker(**watched.watch("vote-worker"))
    watched.counted(poll, VOTES)
    text = eventually(lambda: (found := watched.numbers("vote-worker"))
                      and value(found, "vote_worker_lag_seconds") == 0 and found, "nothing waits any more")
    assert value(text, "vote_build_info", program="vote-worker") == 1
    assert value(text, "vote_worker_messages_total", outcome="recorded") == VOTES
    assert value(text, "vote_worker_messages_total", outcome="dead_letter") == 1
    assert value(text, "vote_dead_letters_total", reason="malformed") == 1
    assert value(text, "vote_worker_batch_messages_sum") == VOTES + 1
    assert value(text, "vote_worker_delay_seconds_count") == VOTES
    assert value(text, "vote_store_record_duration_seconds_count") >= 1
    assert value(text, "vote_worker_partitions") == watched.engine.partitions
    assert value(text, "vote_queue_messages") == VOTES + 1
    assert value(text, "vote_queue_lag_messages") == 0
    assert value(text, "vote_dead_letters") == 1
    assert watched.run("vote-dlq", "drop", "--yes", "1").returncode == 0
    assert value(watched.numbers("vote-worker"), "vote_dead_letters") == 0


def test_a_worker_that_stands_by_says_so_and_sees_the_same_queue(watched):
    watched.start_api()
    watched.start_worker()
    poll = watched.poll()
    assert watched.cast(poll, 0, watched.token(), wait=10).status == 201
    watched.start_worker(**watched.watch("vote-worker"))
    text = eventually(lambda: "metrics_listening" in watched.log("vote-worker") and watched.numbers("vote-worker"),
                      "the second worker shows its numbers")
    assert value(text, "vote_worker_partitions") == 0
    assert value(text, "vote_queue_messages") == 1
    assert value(text, "vote_worker_messages_total", outcome="recorded") == 0


def test_reconcile_counts_what_it_repaired_and_made_final(watched):
    watched.start_api()
    watched.start_worker()
    poll = watched.poll()
    assert watched.cast(poll, 0, watched.token(), wait=10).status == 201
    watched.sql_change("UPDATE poll_totals SET total_votes = total_votes + 7")
    watched.start("vote-reconcile", "--every", "100ms", **watched.watch("vote-reconcile"))
    text = eventually(lambda: "metrics_listening" in watched.log("vote-reconcile")
                      and (found := watched.numbers("vote-reconcile"))
                      and value(found, "vote_reconcile_passes_total", result="done") >= 2 and found,
                      "two passes")
    assert value(text, "vote_build_info", program="vote-reconcile") == 1
    assert value(text, "vote_reconcile_differences_repaired_total") == 1
    assert value(text, "vote_reconcile_differences_unrepaired") == 0
    assert value(text, "vote_reconcile_finalised_polls_total") == 0
    assert value(text, "vote_reconcile_polls", state="seen") == 1
    assert value(text, "vote_queue_lag_messages") == 0
    assert watched.post(f"/v1/polls/{poll['poll_id']}/close", token=watched.token(role="admin")).status == 200
    text = eventually(lambda: (found := watched.numbers("vote-reconcile"))
                      and value(found, "vote_reconcile_finalised_polls_total") == 1 and found, "the poll is final")
    assert value(text, "vote_reconcile_closed_polls_total") >= 1


def test_every_metric_stands_in_the_table_of_them(watched):
    table = (ROOT / "lib" / "metrics" / "catalogue.h").read_text()
    listed = set(re.findall(r'Metric \w+\{"(\w+)", Kind::', table))
    watched.start_api(**watched.watch("vote-api"))
    poll = watched.poll()
    vote(watched, poll)
    watched.start_worker(**watched.watch("vote-worker"))
    watched.start("vote-reconcile", "--every", "100ms", **watched.watch("vote-reconcile"))
    watched.counted(poll, VOTES)
    eventually(lambda: "metrics_listening" in watched.log("vote-reconcile"), "vote-reconcile listens")
    shown = set().union(*(names(watched.numbers(program)) for program in watched.ports))
    assert shown == listed


def test_an_address_that_is_taken_is_said_with_what_to_do(watched):
    watched.start_api()
    taken = {"VOTE_METRICS_LISTEN": f"127.0.0.1:{watched.port}"}
    misconfigured = watched.run("vote-worker", "--set", "metrics.listen=nowhere").returncode
    for program, *flags in (["vote-worker"], ["vote-reconcile"], ["vote-api", "--listen", "127.0.0.1:0", "--set",
                                                                  "api.name=second"]):
        done = watched.run(program, *flags, **taken)
        assert done.returncode == misconfigured != 0
        assert "metrics.listen" in done.stderr and str(watched.port) in done.stderr
        assert "VOTE_METRICS_LISTEN" in done.stderr
    once = watched.run("vote-worker", "--once", **taken)
    assert once.returncode == 0, "one that ends by itself needs no address"
