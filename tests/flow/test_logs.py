"""The logs of the daemons: fields that programs rely on, lines that people read, and no secrets in either."""
import json
import re
import uuid

import pytest

from house import eventually, option_id

VOTES = 5
DEBUG = {"VOTE_LOG_LEVEL": "debug"}
OF_EVERY_LINE = {"timestamp": str, "level": str, "service": str, "event": str}
OF_A_VOTE = {"poll_id": str, "user_id": str, "request_id": str, "processing_time_ms": float,
             "was_duplicate": bool, "cache_hit": bool, "outcome": str}


def whole(house, program):
    return (house.folder / f"{program}.log").read_text()


def lines(house, program, *events):
    """Each line is one object with the fields of every line; those of these events, or all."""
    found = [json.loads(line) for line in whole(house, program).splitlines()]
    for line in found:
        assert {name: type(line[name]) for name in OF_EVERY_LINE} == OF_EVERY_LINE, line
        assert line["service"] == program
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"])
    return [line for line in found if not events or line["event"] in events]


def expect_vote(line, poll, user, key, **fields):
    for name, kind in OF_A_VOTE.items():
        assert isinstance(line[name], kind), line
    assert (line["poll_id"], line["user_id"], line["request_id"]) == (poll["poll_id"], str(user), str(key))
    assert line["processing_time_ms"] >= 0
    assert {name: line[name] for name in fields} == fields


def vote(house, poll):
    """Who voted under which key; then the first one again, and once more with another choice."""
    voters = [(uuid.uuid4(), uuid.uuid4()) for _ in range(VOTES)]
    for user, key in voters:
        assert house.cast(poll, 0, house.token(user), key=key).status == 202
    user, key = voters[0]
    assert house.cast(poll, 0, house.token(user), key=key).status == 202
    assert house.cast(poll, 1, house.token(user), key=uuid.uuid4()).code == "vote_in_progress"
    return voters


def test_at_level_debug_each_vote_is_one_line_of_the_api(house):
    house.start_api(**DEBUG)
    poll = house.poll()
    voters = vote(house, poll)
    accepted = lines(house, "vote-api", "vote_accepted")
    assert len(accepted) == VOTES + 1
    for line, (user, key) in zip(accepted, voters):
        expect_vote(line, poll, user, key, was_duplicate=False, cache_hit=False, outcome="queued", level="DEBUG")
    expect_vote(accepted[-1], poll, *voters[0], was_duplicate=True, cache_hit=True, outcome="repeated")
    refused, = lines(house, "vote-api", "vote_refused")
    expect_vote(refused, poll, voters[0][0], refused["request_id"], was_duplicate=True, cache_hit=True,
                outcome="vote_in_progress")


@pytest.mark.embedded
def test_at_level_debug_each_vote_is_one_line_of_the_worker(house):
    house.start_api()
    poll = house.poll()
    voters = vote(house, poll)
    again = house.sql('SELECT value FROM messages WHERE "offset" = 0', file=house.queue_file)[0][0]
    house.put_in_queue(again, "{}")
    house.start_worker(**DEBUG)
    house.counted(poll, VOTES)
    house.await_drained()
    house.processes[-1].terminate()
    house.processes[-1].wait()
    processed = lines(house, "vote-worker", "vote_processed")
    assert len(processed) == VOTES + 1
    for line, (user, key) in zip(processed, voters):
        expect_vote(line, poll, user, key, was_duplicate=False, outcome="recorded", level="DEBUG")
    expect_vote(processed[-1], poll, *voters[0], was_duplicate=True, outcome="same")
    batches = lines(house, "vote-worker", "batch_processed")
    assert sum(line["messages"] for line in batches) == VOTES + 2
    assert lines(house, "vote-worker", "dead_letter")[0]["level"] == "WARN"


def test_at_the_default_level_no_vote_has_a_line_of_its_own(house):
    house.start_api(VOTE_LIMITS_VOTES_PER_IP_PER_MINUTE=str(VOTES + 2))
    poll = house.poll(token=house.token(role="admin"))
    voters = vote(house, poll)
    assert house.cast(poll, 0, house.token()).status == 429
    house.start_worker()
    house.counted(poll, VOTES)
    for program in ("vote-api", "vote-worker"):
        assert lines(house, program), "a line at least"
        assert not any(str(part) in whole(house, program) for voter in voters for part in voter)


def test_at_level_debug_a_limit_says_whom_it_refused(house):
    house.start_api(VOTE_LIMITS_VOTES_PER_IP_PER_MINUTE="2", VOTE_LIMITS_VOTES_PER_USER_PER_5_MINUTES="1", **DEBUG)
    poll = house.poll(token=house.token(role="admin"))
    user = uuid.uuid4()
    assert house.cast(poll, 0, house.token(user)).status == 202
    assert house.cast(poll, 0, house.token(user)).status == 429
    assert house.cast(poll, 0, house.token()).status == 202
    assert house.cast(poll, 0, house.token()).status == 429
    of_user, of_address = lines(house, "vote-api", "limit_refused")
    assert (of_user["limit"], of_user["user_id"]) == ("votes-per-user", str(user))
    assert (of_address["limit"], of_address["ip"]) == ("votes-per-address", "127.0.0.1")


@pytest.mark.parametrize("format", ["json", "text"])
def test_no_log_holds_a_secret(house, format):
    settings = {"VOTE_LOG_LEVEL": "trace", "VOTE_LOG_FORMAT": format}
    password, wrong = "correct-horse-battery", "wrong-horse-battery"
    house.start_api(**settings)
    house.start_worker(**settings)
    account = {"email": "ada@example.org", "username": "ada", "password": password}
    assert house.post("/v1/users", account).status == 201
    assert house.post("/v1/users", account).status == 409
    session = house.post("/v1/sessions", {"username": "ada", "password": password})
    assert house.post("/v1/sessions", {"username": "ada", "password": wrong}).status == 401
    assert house.post("/v1/sessions", f'{{"password": "{wrong}", '.encode()).status == 400
    guest = house.post("/v1/sessions/guest").json["token"]
    token, forged = session.json["token"], house.token() + "x"
    poll = house.poll(token=token)
    assert house.cast(poll, 0, token, wait=10).status == 201
    assert house.cast(poll, 0, guest).status == 403
    assert house.cast(poll, 0, forged).status == 401
    assert house.get(f"/v1/polls/{poll['poll_id']}/results?token={token}").status in (200, 400)
    assert house.get(f"/v1/{token}").status == 404
    house.counted(poll, 1)
    secrets = [password, wrong, house.secret.decode(), "Bearer", *token.split("."), *guest.split(".")[1:],
               *forged.split(".")[1:]]
    for program in ("vote-api", "vote-worker"):
        # A worker logs a batch after it has committed it.
        eventually(lambda: poll["poll_id"] in whole(house, program), "the votes are in the log")
        text = whole(house, program)
        assert [secret for secret in secrets if secret in text] == []


def test_the_text_form_has_one_line_an_event_for_people(house):
    house.start_api(VOTE_LOG_FORMAT="text", **DEBUG)
    poll = house.poll()
    assert house.cast(poll, 0, house.token()).status == 202
    odd = house.post(f"/v1/polls/{poll['poll_id']}/votes", {"option_id": option_id(poll, 0)}, token=house.token(),
                     Idempotency_Key=str(uuid.uuid4()), User_Agent="odd\ttabs \x1b[31m")
    assert odd.status in (202, 400)
    text = whole(house, "vote-api")
    for line in text.splitlines():
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (DEBUG|INFO|WARN|ERROR) vote-api \w+( \w+=.*)?",
                            line), line
    assert re.search(rf"vote_accepted poll_id={poll['poll_id']} user_id=\S+ request_id=\S+ processing_time_ms=[\d.]+ "
                     r"was_duplicate=false cache_hit=false outcome=queued$", text, re.M)
