"""The life of a poll over HTTP: draft, open, close, edit, list, delete, and who may."""
import time
import uuid

import pytest

from house import eventually, in_seconds


def draft(house, token, **fields):
    answer = house.post("/v1/polls", {"title": "Lunch", "options": ["soup", "bread"],
                                      "end_time": in_seconds(3600), "status": "draft", **fields}, token=token)
    assert answer.status == 201, answer
    return answer.json


def path(poll, more=""):
    return f"/v1/polls/{poll['poll_id']}{more}"


def test_a_poll_is_what_was_asked_for(running):
    asked = {"title": "Bücher & 本", "description": "two\nlines", "options": ["naïve", "<b>"],
             "start_time": "2020-01-01T00:00:00+02:00", "end_time": "2999-01-01T00:00:00Z",
             "status": "active", "allow_anonymous": True, "show_results_during_voting": False,
             "allow_multiple_options": True, "max_votes_per_user": 2, "allow_vote_change": True}
    made = running.post("/v1/polls", asked, token=running.token())
    assert made.status == 201, made
    poll = running.get(path(made.json)).json
    for field in asked.keys() - {"options", "start_time", "end_time"}:
        assert poll[field] == asked[field], field
    assert [option["text"] for option in poll["options"]] == asked["options"]
    assert poll["end_time"].startswith("2999-01-01T00:00:00")


def test_a_draft_opens_and_closes_by_hand(running):
    owner = running.token()
    poll = draft(running, owner)
    refused = running.cast(poll, 0, running.token())
    assert (refused.status, refused.code) in ((409, "poll_not_active"), (404, "not_found"))
    assert running.post(path(poll, "/open"), token=owner).json["status"] == "active"
    assert running.cast(poll, 0, running.token()).status == 202
    assert running.post(path(poll, "/close"), token=owner).json["status"] == "closed"
    refused = running.cast(poll, 0, running.token())
    assert (refused.status, refused.code) == (409, "poll_not_active")
    assert running.post(path(poll, "/close"), token=owner).status == 200


def test_a_poll_closes_at_its_time_without_any_job(running):
    poll = running.poll(end_time=fraction_of_seconds_from_now(1.5))
    assert running.cast(poll, 0, running.token()).status == 202
    eventually(lambda: running.get(path(poll)).json["status"] == "closed", "closed by time")
    refused = running.cast(poll, 0, running.token())
    assert (refused.status, refused.code) == (409, "poll_not_active")
    assert running.counted(poll, 1)["yes"] == 1
    assert running.results(poll).json["final"] is False


def test_a_poll_opens_at_its_time_without_any_job(running):
    poll = running.poll(start_time=fraction_of_seconds_from_now(1.5))
    assert running.get(path(poll)).json["status"] == "scheduled"
    assert running.cast(poll, 0, running.token()).code == "poll_not_active"
    eventually(lambda: running.cast(poll, 0, running.token()).status == 202, "opened by time")


def fraction_of_seconds_from_now(seconds):
    moment = time.time() + seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f"{moment % 1:.6f}Z"[1:]


def test_a_draft_can_be_edited_and_deleted_an_open_poll_cannot(running):
    owner = running.token()
    poll = draft(running, owner)
    edited = running.request("PATCH", path(poll), {"title": "Dinner", "options": ["rice", "fish", "tea"]},
                             token=owner)
    assert edited.status == 200 and edited.json["title"] == "Dinner" and len(edited.json["options"]) == 3
    running.post(path(poll, "/open"), token=owner)
    refused = running.request("PATCH", path(poll), {"options": ["a", "b"]}, token=owner)
    assert (refused.status, refused.code) == (409, "poll_not_editable")
    assert running.request("DELETE", path(poll), token=owner).status == 409
    other = draft(running, owner)
    assert running.request("DELETE", path(other), token=owner).status == 204
    assert running.get(path(other), token=owner).status == 404


def test_every_field_of_a_draft_can_be_edited(running):
    owner = running.token()
    poll = draft(running, owner)
    edits = {"description": "of many words", "start_time": in_seconds(60), "end_time": in_seconds(7200),
             "allow_anonymous": True, "show_results_during_voting": False, "allow_vote_change": True}
    for field, value in edits.items():
        edited = running.request("PATCH", path(poll), {field: value}, token=owner)
        assert edited.status == 200, edited
    edited = running.request("PATCH", path(poll), {"allow_multiple_options": True}, token=owner)
    assert edited.json["max_votes_per_user"] == len(poll["options"])
    edited = running.request("PATCH", path(poll), {"max_votes_per_user": 2}, token=owner)
    assert edited.json["max_votes_per_user"] == 2
    edited = running.request("PATCH", path(poll), {"allow_multiple_options": False}, token=owner)
    assert edited.json["max_votes_per_user"] == 1
    found = running.get(path(poll), token=owner).json
    for field, value in edits.items():
        shown = found[field]
        assert shown == value or shown.startswith(value[:-1]), field


@pytest.mark.parametrize("method, more, body", [
    ("PATCH", "", {"title": "mine now"}), ("POST", "/close", None), ("DELETE", "", None)])
def test_only_the_owner_and_admins_change_a_poll(running, method, more, body):
    poll = running.poll()
    refused = running.request(method, path(poll, more), body, token=running.token())
    assert (refused.status, refused.code) == (403, "forbidden")
    assert running.request(method, path(poll, more), body).status == 401


def test_an_admin_closes_what_is_not_theirs(running):
    poll = running.poll()
    assert running.post(path(poll, "/close"), token=running.token(role="admin")).status == 200


def test_drafts_are_their_owners_own(running):
    owner = running.token()
    poll = draft(running, owner)
    assert running.get(path(poll), token=owner).status == 200
    assert running.get(path(poll)).status == 404
    assert running.get(path(poll), token=running.token()).status == 404


def test_a_list_is_read_to_its_end_by_cursor_each_poll_once(running):
    owner = running.token()
    made = [running.poll(token=owner)["poll_id"] for _ in range(7)]
    seen, cursor = [], ""
    while True:
        page = running.get(f"/v1/polls?mine=true&limit=3&cursor={cursor}", token=owner).json
        assert len(page["polls"]) <= 3
        seen += [poll["poll_id"] for poll in page["polls"]]
        cursor = page.get("next_cursor")
        if not cursor:
            break
    assert seen == made[::-1]


def test_a_list_by_status_holds_no_other(running):
    owner = running.token()
    draft(running, owner)
    running.poll(token=owner)
    for status in ("draft", "active"):
        page = running.get(f"/v1/polls?mine=true&status={status}", token=owner).json
        assert [poll["status"] for poll in page["polls"]] == [status]


REFUSED = {
    "end before start": {"start_time": "2999-01-02T00:00:00Z", "end_time": "2999-01-01T00:00:00Z"},
    "no options": {"options": []}, "one option": {"options": ["alone"]},
    "a thousand options": {"options": [str(number) for number in range(1000)]},
    "duplicate options": {"options": ["a", "b", "a"]}, "empty option": {"options": ["a", ""]},
    "option too long": {"options": ["a", "b" * 501]}, "empty title": {"title": ""},
    "title too long": {"title": "t" * 256}, "description too long": {"description": "d" * 10_001},
    "NUL in title": {"title": "a\u0000b"}, "escape in title": {"title": "a\u001b[31mb"},
    "bidi in title": {"title": "a\u202eb"}, "newline in option": {"options": ["a\nb", "c"]},
    "more choices than options": {"allow_multiple_options": True, "max_votes_per_user": 0},
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_poll_that_makes_no_sense_is_a_422_and_is_not_made(running, what):
    token = running.token()
    body = {"title": "T", "options": ["a", "b"], "end_time": in_seconds(60), "status": "active"}
    answer = running.post("/v1/polls", {**body, **REFUSED[what]}, token=token)
    assert (answer.status, answer.code) == (422, "invalid_input"), answer
    assert running.get("/v1/polls?mine=true", token=token).json["polls"] == []


MALFORMED = {
    "number for a title": {"title": 5}, "text for options": {"options": "a,b"},
    "numbers for options": {"options": [1, 2]}, "null options": {"options": None},
    "a typo": {"allow_anonymus": True}, "text for a truth": {"allow_anonymous": "true"},
    "no time": {"end_time": "tomorrow"}, "number for a time": {"end_time": 5},
    "unknown status": {"status": "final"}, "negative votes": {"max_votes_per_user": -1},
    "huge votes": {"max_votes_per_user": 10**30}, "half a vote": {"max_votes_per_user": 1.5},
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_body_of_the_wrong_shape_is_refused(running, what):
    body = {"title": "T", "options": ["a", "b"], "end_time": in_seconds(60), **MALFORMED[what]}
    answer = running.post("/v1/polls", body, token=running.token())
    assert answer.status in (400, 422) and answer.code in ("malformed", "invalid_input"), answer


@pytest.mark.parametrize("poll_id", ["no-uuid", "1", "00000000-0000-0000-0000-00000000000g", "%00", "..%2f.."])
def test_an_id_that_is_no_uuid_is_refused(running, poll_id):
    answer = running.get(f"/v1/polls/{poll_id}")
    assert answer.status in (400, 404) and answer.code in ("malformed", "not_found"), answer


def test_an_unknown_poll_is_a_404_everywhere(running):
    unknown, token = f"/v1/polls/{uuid.uuid4()}", running.token()
    vote = {"option_ids": [str(uuid.uuid4())]}
    answers = [running.get(unknown), running.get(unknown + "/results"),
               running.get(unknown + "/votes/me", token=token),
               running.post(unknown + "/votes", vote, token=token),
               running.post(unknown + "/close", token=token)]
    assert [(answer.status, answer.code) for answer in answers] == [(404, "not_found")] * len(answers)
