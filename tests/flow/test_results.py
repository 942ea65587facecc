"""Results over HTTP: figures, versions, caching, and who may see them."""
import pytest

from house import eventually


def cast_many(house, poll, votes):
    for option, number in enumerate(votes):
        for _ in range(number):
            assert house.cast(poll, option, house.token()).status == 202
    house.counted(poll, sum(votes))


def test_percentages_have_one_decimal_half_away_from_zero(running):
    poll = running.poll(options=["a", "b", "c"])
    cast_many(running, poll, [5, 1, 2])
    found = running.results(poll).json
    assert [option["percentage"] for option in found["options"]] == [62.5, 12.5, 25.0]
    poll = running.poll(options=["a", "b"])
    cast_many(running, poll, [2, 1])
    assert [option["percentage"] for option in running.results(poll).json["options"]] == [66.7, 33.3]


def test_a_poll_without_votes_has_results(running):
    found = running.results(running.poll()).json
    assert found["total_votes"] == 0 and found["final"] is False and found["status"] == "active"
    assert [(option["votes"], option["percentage"]) for option in found["options"]] == [(0, 0.0)] * 3


def test_the_etag_spares_a_second_reading_until_something_changed(running):
    poll = running.poll()
    first = running.results(poll)
    again = running.results(poll, If_None_Match=first.headers["ETag"])
    assert (again.status, again.text) == (304, "") and again.headers["ETag"] == first.headers["ETag"]
    assert running.results(poll, If_None_Match='"another"').status == 200
    cast_many(running, poll, [1])
    changed = running.results(poll, If_None_Match=first.headers["ETag"])
    assert changed.status == 200 and changed.headers["ETag"] != first.headers["ETag"]


def test_whoever_was_told_that_their_vote_counts_finds_it_in_the_results(running):
    poll = running.poll()
    for voters in range(1, 21):
        running.results(poll)
        token = running.token()
        assert running.cast(poll, 0, token, wait=10 * (voters % 2)).status in (201, 202)
        eventually(lambda: running.my_vote(poll, token)["status"] == "confirmed", "confirmed")
        assert running.results(poll).json["total_votes"] == voters


def test_versions_grow_and_totals_never_shrink(running):
    poll, line = running.poll(), running.connect()
    seen = []
    for number in range(60):
        assert running.cast(poll, number % 3, running.token()).status == 202
        found = running.results(poll, connection=line).json
        seen.append((found["version"], found["total_votes"]))
    running.counted(poll, 60)
    assert seen == sorted(seen) and seen[-1][0] > 0


def test_hidden_results_are_shown_to_who_has_voted_and_to_all_after_the_end(running):
    owner, voter = running.token(), running.token()
    poll = running.poll(token=owner, show_results_during_voting=False)
    for token in (None, voter):
        hidden = running.results(poll, token=token)
        assert (hidden.status, hidden.code) == (403, "results_hidden")
        assert "Vote to see results" in hidden.text
    running.cast(poll, 0, voter)
    shown = eventually(lambda: (answer := running.results(poll, token=voter)).status == 200 and answer,
                       "results for who has voted")
    assert shown.json["poll_id"] == poll["poll_id"]
    assert running.results(poll).status == 403
    running.post(f"/v1/polls/{poll['poll_id']}/close", token=owner)
    assert eventually(lambda: running.results(poll).status == 200, "results after the end")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_told_without_a_token(running, path):
    assert running.get(path).status == 200


def test_the_audit_is_for_auditors_and_admins(running):
    poll = running.poll()
    cast_many(running, poll, [2])
    path = f"/v1/polls/{poll['poll_id']}/audit"
    assert running.get(path).status == 401
    assert running.get(path, token=running.token()).status == 403
    for role in ("auditor", "admin"):
        answer = running.get(path, token=running.token(role=role))
        assert answer.status == 200 and len(answer.text.splitlines()) == 2, answer
