"""The voting protocol over HTTP: acceptance, retries, races, changes, and what one may see."""
import concurrent.futures
import random
import re
import sqlite3
import uuid

import pytest

from house import SEED, House, eventually, option_id
from judge import Journal, violations


def my_path(poll):
    return f"/v1/polls/{poll['poll_id']}/votes/me"


def await_state(house, poll, token, state):
    return eventually(lambda: (vote := house.my_vote(poll, token))["status"] == state and vote, state)


def test_a_vote_is_accepted_then_confirmed_and_counted(running):
    poll, token = running.poll(), running.token()
    assert running.my_vote(poll, token)["status"] == "none"
    accepted = running.cast(poll, 1, token)
    assert accepted.status == 202, accepted
    vote = await_state(running, poll, token, "confirmed")
    assert vote["option_ids"] == [option_id(poll, 1)]
    assert running.counted(poll, 1) == {"yes": 0, "no": 1, "maybe": 0}


def test_option_id_is_a_ballot_of_one(running):
    poll = running.poll()
    body = {"option_id": option_id(poll, 2)}
    answer = running.post(f"/v1/polls/{poll['poll_id']}/votes", body, token=running.token())
    assert answer.status == 202
    assert running.counted(poll, 1)["maybe"] == 1


def test_who_prefers_to_wait_gets_the_certain_answer(running):
    poll, token = running.poll(), running.token()
    assert running.cast(poll, 0, token, wait=5).status == 201
    second = running.cast(poll, 1, token, wait=5)
    assert (second.status, second.code) == (409, "already_voted")


def test_a_retry_before_and_after_processing_gets_the_first_answer_and_one_ballot(house):
    house.start_api()
    poll, token, key = house.poll(), house.token(), uuid.uuid4()
    first = [house.cast(poll, 0, token, key).status for _ in range(3)]
    assert house.my_vote(poll, token)["status"] == "pending"
    house.start_worker()
    house.counted(poll, 1)
    later = [house.cast(poll, 0, token, key).status for _ in range(3)]
    assert first == [202] * 3 and set(later) <= {201, 202}, (first, later)
    house.await_drained()
    assert house.sql("SELECT count(*) FROM votes") == [(1,)]
    assert house.sql("SELECT count(*) FROM vote_audit_log") == [(1,)]


def test_another_request_is_in_progress_until_the_store_has_spoken(house):
    house.start_api()
    poll, token = house.poll(), house.token()
    assert house.cast(poll, 0, token).status == 202
    early = house.cast(poll, 1, token)
    assert (early.status, early.code) == (409, "vote_in_progress")
    assert int(early.headers["Retry-After"]) >= 1
    house.start_worker()
    house.counted(poll, 1)
    late = house.cast(poll, 1, token, wait=2)
    assert late.status == 409 and late.code in ("already_voted", "vote_in_progress"), late


def test_votes_taken_while_the_worker_is_away_are_counted_when_it_is_back(house):
    house.start_api()
    poll = house.poll()
    answers = [house.cast(poll, number % 3, house.token()).status for number in range(30)]
    assert answers == [202] * 30 and house.results(poll).json["total_votes"] == 0
    assert house.run("vote-worker", "--once").returncode == 0
    assert house.counted(poll, 30) == {"yes": 10, "no": 10, "maybe": 10}


def test_a_key_reused_with_another_choice_is_refused(running):
    poll, token, key = running.poll(), running.token(), uuid.uuid4()
    assert running.cast(poll, 0, token, key).status == 202
    assert running.counted(poll, 1)["yes"] == 1
    reused = running.cast(poll, 1, token, key)
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")
    assert running.counted(poll, 1)["yes"] == 1


def test_a_key_reused_on_another_poll_or_by_another_voter_is_another_request(running):
    polls, voters, key = [running.poll(), running.poll()], [running.token(), running.token()], uuid.uuid4()
    answers = [running.cast(poll, 0, voter, key).status for poll in polls for voter in voters]
    assert answers == [202] * 4
    for poll in polls:
        assert running.counted(poll, 2)["yes"] == 2


@pytest.mark.parametrize("key", ["", "not-a-uuid", "1", "g" * 36])
def test_a_key_that_is_no_uuid_is_refused(running, key):
    poll = running.poll()
    answer = running.post(f"/v1/polls/{poll['poll_id']}/votes", {"option_ids": [option_id(poll, 0)]},
                          token=running.token(), Idempotency_Key=key)
    assert (answer.status, answer.code) == (400, "malformed"), answer


def test_64_at_once_of_one_voter_are_one_acceptance_and_one_ballot_on_each_of_20_polls(running):
    chance = random.Random(SEED)
    journal = Journal()
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        for _ in range(20):
            poll, voter = running.poll(), str(uuid.uuid4())
            token = running.token(voter)

            def one(choice, poll=poll, voter=voter, token=token):
                key = uuid.uuid4()
                journal.sent(poll["poll_id"], voter, key, choice + 1)
                answer = running.cast(poll, choice, token, key)
                journal.answered(poll["poll_id"], voter, key, answer.status, answer.code)
                return answer

            answers = list(pool.map(one, [chance.randrange(3) for _ in range(64)]))
            accepted = [answer for answer in answers if answer.status in (201, 202)]
            refused = {answer.code for answer in answers if answer.status not in (201, 202)}
            assert len(accepted) == 1, [answer.status for answer in answers]
            assert refused <= {"vote_in_progress", "already_voted"}
            running.counted(poll, 1)
            running.await_drained()
            assert violations(running, journal, poll) == []


BALLOTS = {
    "unknown option": (422, "invalid_option", lambda poll: {"option_ids": [str(uuid.uuid4())]}),
    "no option": (422, "invalid_option", lambda poll: {"option_ids": []}),
    "twice the same": (422, "invalid_option", lambda poll: {"option_ids": [option_id(poll, 0)] * 2}),
    "two of one": (422, "invalid_option",
                   lambda poll: {"option_ids": [option_id(poll, 0), option_id(poll, 1)]}),
    "no UUID": (400, "malformed", lambda poll: {"option_ids": ["yes"]}),
    "a number": (400, "malformed", lambda poll: {"option_ids": [1]}),
    "an object": (400, "malformed", lambda poll: {"option_ids": {}}),
    "nothing": (400, "malformed", lambda poll: {}),
    "a field too many": (400, "malformed", lambda poll: {"option_ids": [option_id(poll, 0)], "user_id": "x"}),
    "no object": (400, "malformed", lambda poll: [option_id(poll, 0)]),
}


@pytest.mark.parametrize("what", BALLOTS)
def test_a_ballot_that_makes_no_sense_is_refused_and_leaves_the_voter_free(running, what):
    status, code, body = BALLOTS[what]
    poll, token = running.poll(), running.token()
    answer = running.post(f"/v1/polls/{poll['poll_id']}/votes", body(poll), token=token)
    assert (answer.status, answer.code) == (status, code), answer
    assert running.cast(poll, 0, token).status == 202


def test_many_options_on_one_ballot_are_one_vote(running):
    poll = running.poll(allow_multiple_options=True, max_votes_per_user=2)
    both = {"option_ids": [option_id(poll, 2), option_id(poll, 0)]}
    votes = f"/v1/polls/{poll['poll_id']}/votes"
    assert running.post(votes, both, token=running.token()).status == 202
    assert running.counted(poll, 1) == {"yes": 1, "no": 0, "maybe": 1}
    all_three = {"option_ids": [option["option_id"] for option in poll["options"]]}
    refused = running.post(votes, all_three, token=running.token())
    assert (refused.status, refused.code) == (422, "invalid_option")


def test_a_change_moves_the_count_and_is_applied_once(running):
    poll, token, key = running.poll(allow_vote_change=True), running.token(), str(uuid.uuid4())
    assert running.cast(poll, 0, token).status == 202
    change = {"option_ids": [option_id(poll, 1)]}
    answers = [running.request("PUT", my_path(poll), change, token=token, Idempotency_Key=key)
               for _ in range(3)]
    assert [answer.status for answer in answers] == [answers[0].status] * 3
    assert answers[0].status in (200, 201), answers
    assert running.counted(poll, 1) == {"yes": 0, "no": 1, "maybe": 0}
    audit = running.get(f"/v1/polls/{poll['poll_id']}/audit", token=running.token(role="auditor")).text
    assert audit.count('"changed"') == 1


def test_a_revoked_ballot_stays_revoked_though_its_cast_comes_again(running):
    poll, token, key = running.poll(allow_vote_change=True), running.token(), uuid.uuid4()
    running.cast(poll, 0, token, key)
    running.counted(poll, 1)
    revoked = running.request("DELETE", my_path(poll), token=token)
    assert revoked.status in (200, 201, 204), revoked
    assert await_state(running, poll, token, "revoked")
    running.cast(poll, 0, token, key)
    running.await_drained()
    assert running.counted(poll, 0) == {"yes": 0, "no": 0, "maybe": 0}
    again = running.request("PUT", my_path(poll), {"option_ids": [option_id(poll, 2)]}, token=token)
    assert again.status in (200, 201), again
    assert running.counted(poll, 1)["maybe"] == 1


def test_a_change_waits_for_the_cast_and_then_says_pending(house):
    house.start_api()
    poll, token = house.poll(allow_vote_change=True), house.token()
    house.cast(poll, 0, token)
    pending = house.request("PUT", my_path(poll), {"option_ids": [option_id(poll, 1)]}, token=token)
    assert (pending.status, pending.code) == (409, "vote_pending")
    assert pending.headers["Retry-After"]


def test_where_changes_are_not_allowed_or_there_is_no_vote_it_says_so(running):
    fixed, free, token = running.poll(), running.poll(allow_vote_change=True), running.token()
    running.cast(fixed, 0, token, wait=5)
    change = {"option_ids": [option_id(fixed, 1)]}
    refused = running.request("PUT", my_path(fixed), change, token=token)
    assert (refused.status, refused.code) in ((409, "change_not_allowed"), (403, "change_not_allowed"))
    refused = running.request("DELETE", my_path(free), token=token)
    assert refused.code == "no_vote", refused


@pytest.mark.embedded
def test_when_the_queue_is_locked_the_stores_path_answers_201(house):
    house.start_api()
    poll, token, key = house.poll(), house.token(), uuid.uuid4()
    with Locked(house.queue_file):
        answer = house.cast(poll, 2, token, key)
        assert answer.status == 201, answer
        assert house.cast(poll, 2, token, key).status == 201
        assert house.my_vote(poll, token)["status"] == "confirmed"
    house.start_worker()
    house.await_drained()
    assert house.counted(poll, 1)["maybe"] == 1
    assert house.sql("SELECT count(*) FROM vote_audit_log") == [(1,)]


@pytest.mark.embedded
def test_a_queue_that_stays_locked_is_left_alone_and_used_again_by_itself(house):
    house.start_api()
    poll = house.poll()
    assert house.cast(poll, 0, house.token()).status == 202
    with Locked(house.queue_file):
        assert house.cast(poll, 1, house.token()).status == 201
        failures = append_failures(house)
        for _ in range(20):
            assert house.cast(poll, 1, house.token()).status == 201
        assert append_failures(house) == failures, "each has waited for the file"
    eventually(lambda: house.cast(poll, 2, house.token()).status == 202, "votes are queued again")


def append_failures(house):
    return re.search(r"^vote_queue_append_failures_total (\d+)$", house.get("/metrics").text, re.M)[1]


@pytest.mark.embedded
def test_when_the_store_is_locked_votes_are_accepted_into_the_queue(house):
    house.start_api()
    poll, token = house.poll(), house.token()
    assert house.cast(poll, 0, house.token()).status == 202
    with Locked(house.store_file):
        assert house.cast(poll, 1, token).status == 202
    house.start_worker()
    assert house.counted(poll, 2) == {"yes": 1, "no": 1, "maybe": 0}


@pytest.mark.embedded
def test_when_queue_and_store_are_locked_it_is_a_503_and_the_voter_stays_free(house):
    house.start_api()
    poll, token, key = house.poll(), house.token(), uuid.uuid4()
    house.cast(poll, 0, house.token())
    with Locked(house.queue_file), Locked(house.store_file):
        answer = house.cast(poll, 1, token, key)
        assert (answer.status, answer.code) == (503, "unavailable"), answer
        assert answer.headers["Retry-After"]
    assert house.cast(poll, 1, token, key).status in (201, 202)
    house.start_worker()
    assert house.counted(poll, 2) == {"yes": 1, "no": 1, "maybe": 0}


class Locked:
    """Another program that holds a database's write lock."""

    def __init__(self, file):
        self.base = sqlite3.connect(file, isolation_level=None, timeout=30)

    def __enter__(self):
        self.base.execute("BEGIN IMMEDIATE")

    def __exit__(self, *error):
        self.base.execute("ROLLBACK")
        self.base.close()


def test_the_api_started_anew_has_no_marks_and_still_counts_once(tmp_path):
    house = House(tmp_path / "house")
    try:
        first = house.start_api()
        house.start_worker()
        poll, token, key = house.poll(), house.token(), uuid.uuid4()
        house.cast(poll, 0, token, key)
        house.counted(poll, 1)
        first.terminate()
        assert first.wait(30) == 0
        house.start_api()
        assert house.cast(poll, 0, token, key, wait=5).status == 201
        other = house.cast(poll, 1, token, wait=5)
        assert (other.status, other.code) == (409, "already_voted")
        house.await_drained()
        assert house.counted(poll, 1) == {"yes": 1, "no": 0, "maybe": 0}
    finally:
        house.stop()
