"""The logs for auditors and admins: votes, who reads about them, and answers that break off."""
import json
import socket
import uuid

import pytest


def entries(text):
    return [json.loads(line) for line in text.splitlines()]


def cast_some(house, poll, count=3):
    for _ in range(count):
        assert house.cast(poll, 0, house.token(), wait=10).status in (201, 202)
    house.counted(poll, count)


def fill_log(house, poll, count):
    """So many entries more, by SQL: the log is only ever appended to."""
    house.engine.fill_audit_log(poll["poll_id"], count)


def test_an_entry_says_who_voted_what_when_and_from_where(running):
    poll, voter = running.poll(), uuid.uuid4()
    assert running.cast(poll, 1, running.token(voter), wait=10).status == 201
    found = running.votectl("audit", poll["poll_id"], "--json",
                            VOTE_TOKEN=running.token(role="auditor"))
    assert found.returncode == 0, found.stderr
    (entry,) = entries(found.stdout)
    assert entry["user_id"] == str(voter) and entry["action"] == "cast" and entry["ip"] == "127.0.0.1"
    assert entry["new_option_ids"] == [poll["options"][1]["option_id"]]


def test_every_reading_of_an_audit_log_is_itself_logged(running):
    poll, reader = running.poll(), uuid.uuid4()
    auditor = running.token(reader, role="auditor")
    path = f"/v1/polls/{poll['poll_id']}/audit"
    assert running.get(path, token=auditor).status == 200
    assert running.votectl("audit", poll["poll_id"], VOTE_TOKEN=auditor).returncode == 0
    assert running.get(path, token=running.token()).status == 403
    shown = running.votectl("audit", "--actions", poll["poll_id"], VOTE_TOKEN=auditor)
    rows = [line.split("\t") for line in shown.stdout.splitlines()]
    assert [row[1] for row in rows] == ["audit_read", "audit_read", "operator_log_read"]
    assert {row[2] for row in rows} == {str(reader)} and {row[3] for row in rows} == {"127.0.0.1"}
    all_of_it = running.votectl("audit", "--actions", "--json", VOTE_TOKEN=auditor)
    assert entries(all_of_it.stdout)[-1]["action"] == "operator_log_read"


def test_a_long_log_is_read_whole_and_in_order(running):
    poll = running.poll()
    fill_log(running, poll, 5000)
    found = running.votectl("audit", poll["poll_id"], "--json", VOTE_TOKEN=running.token(role="admin"))
    ids = [entry["log_id"] for entry in entries(found.stdout)]
    assert len(ids) == 5000 and ids == sorted(ids)


def test_a_reader_that_stops_reading_holds_the_server_back(house):
    api = house.start_api()
    poll = house.poll()
    fill_log(house, poll, 200_000)
    before = resident_kib(api.pid)
    with socket.create_connection(("127.0.0.1", house.port)) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(f"GET /v1/polls/{poll['poll_id']}/audit HTTP/1.1\r\nHost: x\r\n"
                     f"Authorization: Bearer {house.token(role='admin')}\r\n\r\n".encode())
        assert line.recv(1000).startswith(b"HTTP/1.1 200")
        for _ in range(20):
            assert house.results(poll).status == 200
        assert resident_kib(api.pid) - before < 20_000, "the log is 60 MB"


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


@pytest.mark.parametrize("verb", [["audit"], ["audit", "--json"], ["export"]])
def test_an_answer_that_breaks_off_is_no_complete_one(house, verb):
    api = house.start_api()
    poll = house.poll()
    fill_log(house, poll, 300_000)
    fill_ballots(house, poll, 300_000)
    reading = house.start("votectl", *verb, poll["poll_id"], stdout=-1, VOTE_URL=house.url,
                          VOTE_TOKEN=house.token(role="admin"))
    reading.stdout.readline()
    api.kill()
    reading.stdout.read()
    assert reading.wait() == 8, house.log("votectl")
    assert "incomplete" in house.log("votectl")


def fill_ballots(house, poll, count):
    house.engine.fill_ballots(poll["poll_id"], count)


def test_the_logs_are_never_rewritten(running):
    running.votectl("audit", "--actions", VOTE_TOKEN=running.token(role="admin"))
    poll = running.poll()
    cast_some(running, poll)
    for table in ("vote_audit_log", "operator_log"):
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET at = at"):
            with pytest.raises(Exception, match="append-only"):
                running.sql_change(change)
