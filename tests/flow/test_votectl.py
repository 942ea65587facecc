"""votectl as its users meet it: verbs, pipes, exit statuses, and the way of the demo in small."""
import collections
import json
import os
import pty
import socket
import subprocess
import uuid

import pytest

from house import BIN, ROOT, eventually

PASSWORD = "correct horse battery\n"


@pytest.fixture(scope="module")
def ctl(running):
    """votectl against the running house, as ada, who has registered and logged in."""
    assert running.votectl("register", "--username", "ada", "--email", "ada@example.org",
                           "--password-stdin", stdin=PASSWORD).returncode == 0
    done = running.votectl("login", "ada", "--password-stdin", stdin=PASSWORD)
    assert done.returncode == 0, done
    return running


def output(done):
    assert done.returncode == 0, done
    return done.stdout


def create(house, *options, title="Lunch", more=()):
    named = [word for option in options for word in ("-o", option)]
    return json.loads(output(house.votectl("poll", "create", title, *named, "--for", "2h", *more, "--json")))


def rows(text):
    return [line.split("\t") for line in text.splitlines()]


def test_who_logs_in_is_known_until_they_log_out(house):
    house.start_api()
    house.votectl("register", "--username", "eve", "--email", "eve@example.org", "--password-stdin",
                  stdin=PASSWORD)
    assert house.votectl("whoami").returncode != 0
    assert house.votectl("login", "eve", "--password-stdin", stdin=PASSWORD).returncode == 0
    assert "eve" in output(house.votectl("whoami"))
    assert json.loads(output(house.votectl("whoami", "--json")))["username"] == "eve"
    sessions = list(house.folder.rglob("session.json"))
    assert sessions and all(path.stat().st_mode & 0o077 == 0 for path in sessions)
    assert house.votectl("logout").returncode == 0
    assert house.votectl("whoami").returncode != 0


def test_a_wrong_password_has_its_exit_status_and_message(ctl):
    done = ctl.votectl("login", "ada", "--password-stdin", stdin="wrong password\n")
    unknown = ctl.votectl("login", "nobody", "--password-stdin", stdin="wrong password\n")
    assert done.returncode == unknown.returncode != 0
    assert done.stdout == "" and done.stderr.startswith("votectl: ")


def test_create_gives_an_id_for_the_next_in_the_pipe(ctl):
    command = ("votectl poll create 'Lunch?' -o soup -o bread --for 2h --json | jq -r .poll_id")
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60,
                          env=ctl.environment(VOTE_URL=ctl.url))
    poll_id = output(done).strip()
    assert str(uuid.UUID(poll_id)) == poll_id
    assert ctl.get(f"/v1/polls/{poll_id}").json["title"] == "Lunch?"


def test_options_come_from_a_file_or_a_pipe(ctl):
    names = ["Žižek", 'JAMES "JIMMY" L. STROUD, JR.', "b's", "two  spaces"]
    done = ctl.votectl("poll", "create", "From a pipe", "--options-from", "-", "--for", "1h", "--json",
                       stdin="\n".join(names) + "\n")
    assert [option["text"] for option in json.loads(output(done))["options"]] == names


@pytest.mark.parametrize("named", ["text", "case", "number", "id"])
def test_an_option_is_named_by_text_number_or_id(ctl, named):
    poll = create(ctl, "Green tea", "Coffee")
    token = ctl.token()
    name = {"text": "Coffee", "case": "coffee", "number": "2", "id": poll["options"][1]["option_id"]}[named]
    assert ctl.votectl("vote", poll["poll_id"], name, VOTE_TOKEN=token).returncode == 0
    assert ctl.counted(poll, 1) == {"Green tea": 0, "Coffee": 1}


def test_voting_twice_and_an_unknown_option_are_told_apart_by_exit_status(ctl):
    poll = create(ctl, "a", "b")
    statuses = [ctl.votectl("vote", poll["poll_id"], option).returncode for option in ("c", "a", "b")]
    assert statuses[1] == 0 and statuses[0] != 0 and statuses[2] != 0 and statuses[0] != statuses[2]
    missing = ctl.votectl("vote", str(uuid.uuid4()), "a")
    assert missing.returncode not in (0, *statuses) and "not found" in missing.stderr


def test_change_revoke_and_status(ctl):
    poll = create(ctl, "a", "b", more=["--allow-vote-change"])
    def vote(*words):
        return ctl.votectl("vote", *words[:-1], poll["poll_id"], *words[-1])
    assert vote(["a"]).returncode == 0
    assert "a" in output(vote("--status", []))
    assert vote("--change", ["b"]).returncode == 0
    assert ctl.counted(poll, 1) == {"a": 0, "b": 1}
    assert vote("--revoke", []).returncode == 0
    assert ctl.counted(poll, 0) == {"a": 0, "b": 0}
    assert json.loads(output(vote("--status", "--json", [])))["status"] == "revoked"


def test_results_are_columns_in_a_pipe_and_json_on_request(ctl):
    poll = create(ctl, "tab\u00a0here", "b")
    ctl.votectl("vote", poll["poll_id"], "b")
    ctl.counted(poll, 1)
    table = rows(output(ctl.votectl("results", poll["poll_id"])))
    assert ["2", "b", "1", "100.0"] == table[1][:4], table
    assert json.loads(output(ctl.votectl("results", poll["poll_id"], "--json")))["total_votes"] == 1


def test_bars_can_be_asked_for_in_a_pipe(ctl):
    poll = create(ctl, "soup", "bread")
    ctl.votectl("vote", poll["poll_id"], "soup")
    ctl.counted(poll, 1)
    drawn = output(ctl.votectl("results", poll["poll_id"], "--bars"))
    assert "█" in drawn and "100.0 %" in drawn and "\x1b[" not in drawn


def on_a_terminal(house, *arguments):
    """What votectl writes where stdout is a terminal."""
    primary, secondary = pty.openpty()
    process = subprocess.Popen([BIN / "votectl", *arguments], stdout=secondary, stderr=secondary,
                               stdin=subprocess.DEVNULL, env=house.environment(VOTE_URL=house.url, TERM="xterm"))
    os.close(secondary)
    written = b""
    while True:
        try:
            piece = os.read(primary, 65536)
        except OSError:  # the other end is closed
            piece = b""
        if not piece:
            break
        written += piece
    os.close(primary)
    assert process.wait(30) == 0
    return written.decode()


def test_results_are_bars_on_a_terminal_and_no_colour_where_none_is_wanted(ctl):
    poll = create(ctl, "soup", "bread")
    ctl.votectl("vote", poll["poll_id"], "soup")
    ctl.counted(poll, 1)
    shown = on_a_terminal(ctl, "results", poll["poll_id"])
    assert "█" in shown and "100.0" in shown and "\x1b[" not in shown


def test_text_that_could_steer_a_terminal_is_shown_instead_of_done(ctl):
    """Only a store of another program could hold it; the API refuses it, so it is planted."""
    poll = create(ctl, "plain", "other")
    ctl.sql_change("UPDATE poll_options SET option_text = ? WHERE poll_id = ? AND position = 1",
                   "evil\x1b]0;title\x07", ctl.engine.id(poll["poll_id"]))
    shown = on_a_terminal(ctl, "results", poll["poll_id"])
    assert "evil" in shown and "\x1b]0" not in shown and "\x07" not in shown


def test_bulk_votes_are_read_from_a_pipe_a_line_a_ballot(ctl):
    poll = create(ctl, "soup", "bread, fresh", title="bulk")
    text = "soup\n" * 300 + "bread, fresh\n" * 200
    done = ctl.votectl("vote", poll["poll_id"], "--input", "-", "--secret-file", ctl.secret_file, stdin=text)
    assert done.returncode == 0, done
    assert ctl.counted(poll, 500) == {"soup": 300, "bread, fresh": 200}


def test_bulk_votes_of_named_voters_sent_twice_are_counted_once(ctl):
    poll = create(ctl, "soup", "bread", title="named")
    text = "".join(f"voter {number}\t{'soup' if number % 3 else '2'}\n" for number in range(90))
    for _ in range(2):
        done = ctl.votectl("vote", poll["poll_id"], "--input", "-", "--secret-file", ctl.secret_file,
                           stdin=text)
        assert done.returncode == 0, done
        assert ctl.counted(poll, 90) == {"soup": 60, "bread": 30}


def test_bulk_lines_that_are_refused_are_named_and_the_others_count(ctl):
    poll = create(ctl, "soup", "bread", title="refused")
    text = "soup\nsteak\nbread\n"
    done = ctl.votectl("vote", poll["poll_id"], "--input", "-", "--secret-file", ctl.secret_file, stdin=text)
    assert done.returncode != 0
    assert "2" in done.stderr and "steak" in done.stderr, done.stderr
    assert ctl.counted(poll, 2) == {"soup": 1, "bread": 1}


def test_bulk_votes_need_the_secret(ctl, tmp_path):
    poll = create(ctl, "soup", "bread")
    assert ctl.votectl("vote", poll["poll_id"], "--input", "-", stdin="soup\n").returncode == 0, \
        "the configuration names it"
    ctl.counted(poll, 1)
    wrong = tmp_path / "secret"
    wrong.touch(mode=0o600)
    wrong.write_text("another secret of at least thirty-two bytes\n")
    done = ctl.votectl("vote", poll["poll_id"], "--input", "-", "--secret-file", wrong, stdin="soup\n")
    assert done.returncode != 0 and ctl.results(poll).json["total_votes"] == 1


def test_the_way_of_the_demo_in_small(ctl):
    ballots = ROOT / "examples" / "minneapolis-2013-mayor.csv"
    script = ROOT / "examples" / "first-choices"
    options = subprocess.run([script, "--distinct", ballots], capture_output=True, text=True).stdout
    lines = subprocess.run([script, ballots], capture_output=True, text=True).stdout.splitlines()[::40]
    poll = json.loads(output(ctl.votectl("poll", "create", "Mayor", "--options-from", "-", "--for", "1h",
                                         "--json", stdin=options)))
    assert len(poll["options"]) == 36
    done = ctl.votectl("vote", poll["poll_id"], "--input", "-", "--secret-file", ctl.secret_file,
                       stdin="\n".join(lines) + "\n")
    assert done.returncode == 0, done
    counted = ctl.counted(poll, len(lines))
    assert {name: count for name, count in counted.items() if count} == collections.Counter(lines)
    assert ctl.votectl("poll", "close", poll["poll_id"]).returncode == 0
    assert len(rows(output(ctl.votectl("results", poll["poll_id"])))) >= 36


def test_a_token_is_minted_for_who_holds_the_secret(ctl):
    user = str(uuid.uuid4())
    token = output(ctl.votectl("token", user, "--role", "auditor", "--secret-file", ctl.secret_file)).strip()
    poll = create(ctl, "a", "b")
    done = ctl.votectl("audit", poll["poll_id"], VOTE_TOKEN=token)
    assert done.returncode == 0, done
    told = json.loads(output(ctl.votectl("token", user, "--role", "auditor", "--json")))
    assert (told["user_id"], told["role"]) == (user, "auditor") and told["expires_at"].endswith("Z")
    assert ctl.votectl("audit", poll["poll_id"], VOTE_TOKEN=told["token"]).returncode == 0


def test_polls_are_listed_shown_edited_opened_closed_and_deleted(ctl):
    poll = create(ctl, "a", "b", title="A draft", more=["--draft"])["poll_id"]
    assert ctl.votectl("poll", "edit", poll, "--title", "Edited").returncode == 0
    assert "Edited" in output(ctl.votectl("poll", "show", poll))
    for verb, status in (("open", "active"), ("close", "closed")):
        assert ctl.votectl("poll", verb, poll).returncode == 0
        assert json.loads(output(ctl.votectl("poll", "show", poll, "--json")))["status"] == status
    other = create(ctl, "a", "b", more=["--draft"])["poll_id"]
    assert ctl.votectl("poll", "delete", other).returncode == 0
    listed = output(ctl.votectl("poll", "list", "--mine"))
    assert poll in listed and other not in listed


def test_a_guest_votes_once_where_guests_may(ctl):
    poll = create(ctl, "a", "b", more=["--allow-anonymous"])["poll_id"]
    assert ctl.votectl("vote", poll, "a", "--guest").returncode == 0
    assert eventually(lambda: "confirmed" in ctl.votectl("vote", poll, "--status", "--guest").stdout, "counted")
    assert ctl.votectl("vote", poll, "b", "--guest").returncode == 6
    assert [row[2] for row in rows(output(ctl.votectl("results", poll)))] == ["1", "0"]
    closed = ctl.votectl("vote", create(ctl, "a", "b")["poll_id"], "a", "--guest")
    assert closed.returncode == 4 and "guest" in closed.stderr, closed


def test_an_admin_lists_accounts_and_gives_roles(ctl):
    admin = {"VOTE_TOKEN": output(ctl.votectl("token", "--role", "admin")).strip()}
    assert ctl.votectl("user", "list").returncode == 4, "ada is no admin"
    before = [row for row in rows(output(ctl.votectl("user", "list", **admin))) if row[1] == "ada"]
    assert before[0][2] == "voter"
    for named in ("ada", "ada@example.org", before[0][0]):
        assert ctl.votectl("user", "role", named, "auditor", **admin).returncode == 0
        assert json.loads(output(ctl.votectl("user", "show", named, "--json", **admin)))["role"] == "auditor"
    assert ctl.votectl("user", "role", "ada", "voter", **admin).returncode == 0
    assert ctl.votectl("user", "role", "ada", "king", **admin).returncode == 7
    assert ctl.votectl("user", "verify", "ada", **admin).returncode == 0
    assert json.loads(output(ctl.votectl("user", "show", "ada", "--json", **admin)))["verified"] is True
    assert ctl.votectl("user", "show", "nobody", **admin).returncode == 5


@pytest.mark.embedded
def test_the_queue_is_made_and_looked_at_without_the_api(house):
    assert house.votectl("queue", "status").returncode == 10, "there is none yet"
    assert house.votectl("queue", "create").returncode == 0
    assert rows(output(house.votectl("queue", "status"))) == [["votes", "0", "0", "0", "0", "0", "1", "1"]]
    house.start_api()
    poll = house.poll()
    house.cast(poll, 0, house.token())
    assert rows(output(house.votectl("queue", "status"))) == [["votes", "0", "0", "1", "0", "1", "1", "1"]]
    house.run("vote-worker", "--once")
    partition = json.loads(output(house.votectl("queue", "status", "--json")))["partitions"][0]
    assert partition["end_offset"] == partition["committed"] == 1


def test_the_store_is_migrated_and_looked_at_without_the_api(house):
    assert house.votectl("db", "migrate").returncode == 0
    assert house.votectl("db", "status").returncode == 0
    assert house.sql("SELECT count(*) FROM votes") == [(0,)]


def test_looking_for_a_store_leaves_no_file_behind(house, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    looked = subprocess.run([house.programs / "votectl", "-c", house.config_file, "db", "status"], cwd=folder,
                            env=house.environment(), capture_output=True, text=True)
    assert "store" in looked.stdout, looked.stderr
    assert list(folder.iterdir()) == []


def test_apis_are_listed_and_forgotten(house):
    api = house.start_api()
    name = f"{socket.gethostname()}/127.0.0.1:{house.port}"
    assert name in output(house.votectl("api", "list"))
    api.kill()
    api.wait()
    assert house.votectl("api", "forget", name).returncode == 0
    assert output(house.votectl("api", "list")) == ""


def test_an_api_out_of_reach_is_named_with_what_to_do(house):
    done = house.votectl("poll", "list")
    assert done.returncode != 0 and house.url in done.stderr


def test_output_that_nobody_takes_is_not_lost_silently(ctl):
    with open("/dev/full", "w") as full:
        done = subprocess.run([BIN / "votectl", "poll", "list"], stdout=full, stderr=subprocess.PIPE,
                              env=ctl.environment(VOTE_URL=ctl.url), timeout=30)
    poll = create(ctl, "a", "b")
    assert poll and done.returncode != 0 and done.stderr


def test_watching_results_ends_when_its_reader_goes(ctl):
    poll = create(ctl, "a", "b")
    watching = subprocess.Popen([BIN / "votectl", "results", poll["poll_id"], "--watch"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=ctl.environment(VOTE_URL=ctl.url))
    try:
        assert watching.stdout.readline()
        ctl.votectl("vote", poll["poll_id"], "a")
        assert any(b"1" in watching.stdout.readline() for _ in range(10))
        watching.stdout.close()
        ctl.cast(poll, 1, ctl.token())
        assert watching.wait(30) != -9
    finally:
        watching.kill()
        watching.wait()
        watching.stderr.close()
