"""A poll leaves one installation and comes into another: the results are the same, or nothing is."""
import csv
import io
import json
import uuid

import pytest

from house import House, in_seconds


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    built = House(tmp_path_factory.mktemp("elsewhere"))
    try:
        built.start_api()
        yield built
    finally:
        built.stop()


def vote_all(house, poll, votes):
    for option, number in enumerate(votes):
        for _ in range(number):
            assert house.cast(poll, option, house.token()).status == 202
    house.counted(poll, sum(votes))


def export(house, poll, *flags):
    done = house.votectl("export", poll["poll_id"], *flags, VOTE_TOKEN=house.token(role="auditor"))
    assert done.returncode == 0, done.stderr
    return done.stdout


def import_(house, text, *flags, code=0):
    path = house.folder / "import.file"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = house.run("votectl", "import", path, *flags)
    assert done.returncode == code, (done.returncode, done.stderr)
    return done


def figures(results):
    """What must be equal: texts and votes, in their order."""
    return results["total_votes"], [(option["text"], option["votes"], option["percentage"])
                                    for option in results["options"]]


def results_of(house, poll_id):
    answer = house.get(f"/v1/polls/{poll_id}/results")
    assert answer.status == 200, answer
    return answer.json


@pytest.mark.parametrize("flags", [[], ["--anonymous"], ["--format", "csv"],
                                   ["--format", "csv", "--anonymous"]], ids=" ".join)
def test_exported_and_imported_again_the_results_are_equal(running, elsewhere, flags):
    poll = running.poll(options=["Soup", "=HYPERLINK(\"http://x\")", "a;=1,\"b\"", "nobody's"],
                        allow_multiple_options=True)
    vote_all(running, poll, [4, 2, 1])
    both = [option["option_id"] for option in poll["options"][:2]]
    assert running.post(f"/v1/polls/{poll['poll_id']}/votes", {"option_ids": both},
                        token=running.token()).status == 202
    running.counted(poll, 8)
    named = ["--title", "Again"] if "csv" in flags else ["--new-id"]
    done = import_(elsewhere, export(running, poll, *flags), *named)
    again = results_of(elsewhere, done.stdout.strip())
    assert figures(again) == figures(running.results(poll).json)
    assert again["final"] is True and again["status"] == "closed"


def test_changed_and_revoked_ballots_count_as_they_stand(running, elsewhere):
    poll = running.poll(allow_vote_change=True)
    voters = [running.token() for _ in range(3)]
    for voter in voters:
        assert running.cast(poll, 0, voter, wait=10).status == 201
    mine = f"/v1/polls/{poll['poll_id']}/votes/me"
    options = {"option_ids": [poll["options"][1]["option_id"]]}
    assert running.request("PUT", mine, options, token=voters[0]).status == 200
    assert running.request("DELETE", mine, token=voters[1]).status == 200
    for flags in ([], ["--anonymous"]):
        done = import_(elsewhere, export(running, poll, *flags), "--new-id")
        again = results_of(elsewhere, done.stdout.strip())
        assert [option["votes"] for option in again["options"]] == [1, 1, 0]
        assert again["total_votes"] == 2


def test_a_moved_poll_keeps_its_id_and_is_there_once(running, elsewhere):
    poll = running.poll()
    vote_all(running, poll, [2, 1])
    text = export(running, poll)
    assert json.loads(import_(elsewhere, text, "--json").stdout) == {"poll_id": poll["poll_id"], "ballots": 3}
    assert figures(results_of(elsewhere, poll["poll_id"])) == figures(running.results(poll).json)
    twice = import_(elsewhere, text, code=6)
    assert poll["poll_id"] in twice.stderr and "--new-id" in twice.stderr
    refused = elsewhere.cast(poll, 0, elsewhere.token())
    assert refused.status == 409, refused
    (entry,) = [json.loads(line) for line in elsewhere.votectl(
        "audit", "--actions", poll["poll_id"], "--json",
        VOTE_TOKEN=elsewhere.token(role="admin")).stdout.splitlines()][:1]
    assert entry["action"] == "imported" and entry["actor"].startswith("os:")


def test_what_was_imported_is_exported_as_it_was(running, elsewhere):
    poll = running.poll()
    vote_all(running, poll, [3, 2])
    first = export(running, poll).splitlines()
    import_(elsewhere, "\n".join(first) + "\n")
    second = export(elsewhere, poll).splitlines()
    assert first[1:] == second[1:]


def test_an_anonymous_export_says_nothing_of_who_or_when(running):
    poll, voters = running.poll(), [uuid.uuid4() for _ in range(5)]
    for number, voter in enumerate(voters):
        assert running.cast(poll, number % 2, running.token(voter)).status == 202
    running.counted(poll, 5)
    text = export(running, poll, "--anonymous")
    lines = [json.loads(line) for line in text.splitlines()]
    assert sorted(line["ballots"] for line in lines[1:-1]) == [2, 3]
    assert not any(str(voter) in text for voter in voters)
    assert all(set(line) == {"ballots", "option_ids"} for line in lines[1:-1])


def test_no_cell_of_a_csv_is_a_formula(running):
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "a;=cmd", "\"=1\"", "'=1"]
    poll = running.poll(options=texts)
    vote_all(running, poll, [1])
    text = export(running, poll, "--format", "csv")
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            assert not any(cell.startswith(tuple("=+-@\t\r")) for cell in row), row


def test_a_csv_that_people_made_is_imported(elsewhere):
    paper = "option:Soup,option:Bread\n1,\n1,0\n,1\n,\n"
    done = import_(elsewhere, paper, "--title", "Lunch on paper")
    assert [option["votes"] for option in results_of(elsewhere, done.stdout.strip())["options"]] == [2, 1]
    counted = "\ufeffballots,option:Soup,option:Bread\r\n40,1,\r\n2,,1\r\n"
    done = import_(elsewhere, counted, "--title", "Lunch on paper")
    assert results_of(elsewhere, done.stdout.strip())["total_votes"] == 42


def test_stdin_is_imported_too(running, elsewhere):
    poll = running.poll()
    vote_all(running, poll, [1, 1])
    done = elsewhere.run("votectl", "import", "-", "--new-id", stdin=export(running, poll))
    assert done.returncode == 0, done.stderr
    assert results_of(elsewhere, done.stdout.strip())["total_votes"] == 2


def polls_in(house):
    return house.sql("SELECT count(*) FROM polls")[0][0], house.sql("SELECT count(*) FROM votes")[0][0]


def test_errors_are_named_by_line_and_column_and_nothing_is_done(running, elsewhere):
    poll = running.poll()
    vote_all(running, poll, [3])
    lines = export(running, poll).splitlines()
    lines[2] = lines[2].replace('"revision":0', '"revision":"no"')
    lines[3] = lines[3].replace(poll["options"][0]["option_id"], str(uuid.uuid4()))
    before = polls_in(elsewhere)
    for flags in ([], ["--dry-run"]):
        done = import_(elsewhere, "\n".join(lines) + "\n", "--new-id", *flags, code=7)
        assert "import.file:3:" in done.stderr and "revision" in done.stderr
        assert "import.file:4:" in done.stderr and "not one of this poll" in done.stderr
        assert done.stdout == ""
    assert polls_in(elsewhere) == before


def test_a_dry_run_does_nothing_and_says_what_would_be(running, elsewhere):
    poll = running.poll()
    vote_all(running, poll, [2])
    before = polls_in(elsewhere)
    done = import_(elsewhere, export(running, poll), "--dry-run")
    assert "2 ballots" in done.stderr and done.stdout == ""
    assert polls_in(elsewhere) == before


BAD = {
    "empty": "", "one line of 100 MB": b"{" + b" " * 100_000_000,
    "a row of 100 MB": b"option:a,option:b\n" + b"1" * 100_000_000,
    "binary": bytes(range(256)) * 10, "no export": '{"hello":1}\n', "deep": "[" * 100_000,
    "wrong columns": "name,vote\nada,soup\n", "one option": "user_id,option:a\nada,1\n",
    "ends in the middle": "option:a,option:b\n1,", "open quote": 'option:a,option:b\n"1,\n1,\n',
    "terminal escapes": "option:\x1b]0;x\x07,option:b\n1,\n", "NUL": "option:a\0,option:b\n1,\n",
    "half a character": b"option:a\xc3,option:b\n1,\n",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_with_a_place_and_nothing_is_done(elsewhere, name):
    before = polls_in(elsewhere)
    done = import_(elsewhere, BAD[name], "--title", "x", code=7)
    assert "import.file:" in done.stderr, done.stderr
    assert len(done.stderr) < 10_000 and polls_in(elsewhere) == before


def test_a_file_that_ends_anywhere_in_the_middle_is_refused(running, elsewhere):
    poll = running.poll()
    vote_all(running, poll, [2])
    text = export(running, poll)
    before = polls_in(elsewhere)
    for length in range(len(text) - 1, 0, -97):
        import_(elsewhere, text[:length], code=7)
    assert polls_in(elsewhere) == before


def test_a_file_is_there_whole_or_not_at_all(running):
    poll = running.poll()
    path = running.folder / "poll.ndjson"
    export(running, poll, "-o", path)
    assert path.read_text().splitlines()[-1].startswith('{"end":true') and path.stat().st_mode & 0o77 == 0
    failed = running.votectl("export", str(uuid.uuid4()), "-o", running.folder / "no.ndjson",
                             VOTE_TOKEN=running.token(role="auditor"))
    assert failed.returncode == 5
    assert not list(running.folder.glob("no.ndjson*"))


def test_only_auditors_and_admins_export(running):
    poll = running.poll(end_time=in_seconds(60))
    for token, code in ((running.token(), 4), ("", 3)):
        assert running.votectl("export", poll["poll_id"], VOTE_TOKEN=token).returncode == code
