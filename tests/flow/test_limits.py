"""Limits as voters meet them: real daemons with low limits, and proxies in front that are trusted or not."""
import json
import uuid

import pytest

from house import House, eventually, in_seconds

PER_ADDRESS = 4
PER_USER = 3
POLLS = 2
DEVICES = 2


def limits(**values):
    keys = {"votes_per_ip_per_minute": 0, "polls_per_user_per_hour": 0, "votes_per_user_per_5_minutes": 0,
            "devices_per_user": 0, **values}
    return {f"VOTE_LIMITS_{key.upper()}": str(value) for key, value in keys.items()}


@pytest.fixture
def start(house):
    """Starts both daemons with these limits; answers the house and a poll."""
    def start_with(proxies="", **values):
        house.start_api(**limits(**values), VOTE_API_TRUSTED_PROXIES=proxies)
        house.start_worker()
        return house, house.poll(allow_vote_change=True, token=house.token(role="admin"))
    return start_with


def cast(house, poll, token=None, **headers):
    return house.post(f"/v1/polls/{poll['poll_id']}/votes", {"option_id": poll["options"][0]["option_id"]},
                      token=token or house.token(), **headers)


def until_refused(house, poll, **headers):
    """How many votes of fresh voters are accepted before one is refused, and that refusal."""
    for accepted in range(100):
        answer = cast(house, poll, **headers)
        if answer.status == 429:
            return accepted, answer
        assert answer.status == 202, answer
    raise AssertionError("no limit")


def expect_limited(answer, policy, most, period_s, status=429):
    assert answer.status == status, answer
    assert answer.code == ("rate_limited" if status == 429 else "too_many_devices")
    wait = int(answer.headers["Retry-After"])
    assert 0 < wait <= period_s
    assert answer.headers["RateLimit-Policy"] == f'"{policy}";q={most};w={period_s}'
    assert answer.headers["RateLimit"] == f'"{policy}";r=0;t={wait}'
    assert "try again in" in answer.json["detail"]


def test_one_address_votes_so_often_a_minute(start):
    house, poll = start(votes_per_ip_per_minute=PER_ADDRESS)
    accepted, refused = until_refused(house, poll)
    assert accepted == PER_ADDRESS
    expect_limited(refused, "votes-per-address", PER_ADDRESS, 60)
    assert "127.0.0.1" in refused.json["detail"]
    house.counted(poll, PER_ADDRESS)
    assert house.results(poll).status == 200


def test_nobody_but_a_trusted_proxy_says_for_whom_it_asks(start):
    house, poll = start(votes_per_ip_per_minute=PER_ADDRESS)
    for n in range(PER_ADDRESS):
        assert cast(house, poll, X_Forwarded_For=f"192.0.2.{n}", Forwarded=f"for=192.0.2.{n}").status == 202
    assert cast(house, poll, X_Forwarded_For="192.0.2.99").status == 429
    assert cast(house, poll, Forwarded="for=192.0.2.99").status == 429
    house.counted(poll, PER_ADDRESS)
    assert house.sql("SELECT DISTINCT ip_address FROM vote_audit_log") == [("127.0.0.1",)]


def test_behind_a_trusted_proxy_each_client_has_its_own_limit(start):
    house, poll = start("127.0.0.1/32", votes_per_ip_per_minute=PER_ADDRESS)
    # What stands in front of the proxy's own word is the client's, and moves nothing.
    accepted, refused = until_refused(house, poll, X_Forwarded_For="1.1.1.1, 192.0.2.7")
    assert accepted == PER_ADDRESS
    assert "192.0.2.7" in refused.json["detail"]
    assert cast(house, poll, X_Forwarded_For="2.2.2.2, 192.0.2.7:4711").status == 429
    assert cast(house, poll, Forwarded='for="192.0.2.7"').status == 429
    assert cast(house, poll, X_Forwarded_For="192.0.2.8").status == 202
    house.counted(poll, PER_ADDRESS + 1)
    assert set(house.sql("SELECT DISTINCT ip_address FROM vote_audit_log")) == {("192.0.2.7",), ("192.0.2.8",)}
    auditor = house.token(role="auditor")
    assert house.get(f"/v1/polls/{poll['poll_id']}/audit", token=auditor, X_Forwarded_For="192.0.2.9").status == 200
    assert house.sql("SELECT ip_address FROM operator_log") == [("192.0.2.9",)]


def test_ipv6_counts_by_network(start):
    house, poll = start("127.0.0.1", votes_per_ip_per_minute=PER_ADDRESS)
    for n in range(PER_ADDRESS):
        assert cast(house, poll, Forwarded=f'for="[2001:db8:0:1::{n}]:80"').status == 202
    refused = cast(house, poll, Forwarded='for="[2001:db8:0:1:ffff::1]"')
    expect_limited(refused, "votes-per-address", PER_ADDRESS, 60)
    assert "2001:db8:0:1::/64" in refused.json["detail"]
    assert cast(house, poll, Forwarded='for="[2001:db8:0:2::1]"').status == 202


def test_one_user_votes_changes_and_revokes_so_often(start):
    house, poll = start(votes_per_user_per_5_minutes=PER_USER)
    token, mine = house.token(), f"/v1/polls/{poll['poll_id']}/votes/me"
    assert cast(house, poll, token).status == 202
    eventually(lambda: house.my_vote(poll, token)["status"] == "confirmed", "the vote is counted")
    choice = {"option_id": poll["options"][1]["option_id"]}
    assert house.request("PUT", mine, choice, token=token).status == 200
    assert house.request("DELETE", mine, token=token).status == 200
    for refused in (house.request("PUT", mine, choice, token=token), house.request("DELETE", mine, token=token),
                    cast(house, poll, token)):
        expect_limited(refused, "votes-per-user", PER_USER, 300)
    assert house.my_vote(poll, token)["status"] == "revoked"
    assert cast(house, poll).status == 202


def test_one_user_makes_so_many_polls_an_hour(start):
    house, _ = start(polls_per_user_per_hour=POLLS)
    token = house.token()
    for _ in range(POLLS):
        house.poll(token=token)
    refused = house.post("/v1/polls", {"title": "One more", "options": ["a", "b"], "status": "active",
                                       "end_time": in_seconds(60)}, token=token)
    expect_limited(refused, "polls-per-user", POLLS, 3600)
    house.poll()


def test_one_user_votes_from_so_many_devices(start):
    house, poll = start(devices_per_user=DEVICES)
    token, key = house.token(), str(uuid.uuid4())
    for device in range(DEVICES):
        answer = cast(house, poll, token, X_Device_Fingerprint=f"device {device}", Idempotency_Key=key)
        assert answer.status in (201, 202), answer
    refused = cast(house, poll, token, X_Device_Fingerprint="one more", Idempotency_Key=key)
    expect_limited(refused, "devices-per-user", DEVICES, 86400, status=403)
    again = cast(house, poll, token, X_Device_Fingerprint="device 0", Idempotency_Key=key)
    assert again.status in (201, 202), again


def test_limits_are_those_of_the_configuration_and_0_is_none(house):
    house.start_api(VOTE_LIMITS_VOTES_PER_IP_PER_MINUTE="0", VOTE_LIMITS_VOTES_PER_USER_PER_5_MINUTES="0",
                    VOTE_LIMITS_POLLS_PER_USER_PER_HOUR="0", VOTE_LIMITS_DEVICES_PER_USER="0")
    token = house.token()
    polls = [house.poll(token=token) for _ in range(7)]
    for n, poll in enumerate(polls * 4):
        assert cast(house, poll, token, X_Device_Fingerprint=str(n)).status in (202, 409)


def test_the_defaults_are_on(tmp_path):
    house = House(tmp_path / "plain")
    text = house.config_file.read_text()
    house.config_file.write_text(text[:text.index("[limits]")])
    try:
        house.start_api()
        accepted, refused = until_refused(house, house.poll())
        assert accepted == 10
        expect_limited(refused, "votes-per-address", 10, 60)
    finally:
        house.stop()


def test_votectl_says_when_to_try_again(start):
    house, poll = start(votes_per_ip_per_minute=1)
    name = house.folder / "token"
    name.write_text(house.token())
    name.chmod(0o600)
    assert cast(house, poll).status == 202
    done = house.votectl("vote", poll["poll_id"], "yes", "--token-file", name)
    assert done.returncode == 8, done.stderr
    assert "try again in" in done.stderr


def test_votectl_in_bulk_stops_at_a_limit_and_says_which_lines_it_concerns(start):
    house, poll = start(votes_per_ip_per_minute=PER_ADDRESS)
    done = house.votectl("vote", poll["poll_id"], "--input", "-", "--secret-file", house.secret_file,
                         "--connections", 1, "--json", stdin="yes\n" * 50)
    assert done.returncode == 8, done.stderr
    report = json.loads(done.stdout)
    assert report["accepted"] == PER_ADDRESS
    assert report["refused"] == 1
    assert "line 5: rate limited" in done.stderr
    assert "votes_per_ip_per_minute = 0" in done.stderr
    house.counted(poll, PER_ADDRESS)
