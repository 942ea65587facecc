"""vote-dlq by hand and in pipes: look, send round again, drop; beside a worker, another operator, a kill."""
import contextlib
import getpass
import json
import os
import pty
import subprocess
import time
import uuid

import pytest

from house import eventually
from test_worker import message

OK, FAILED, USAGE, NOT_FOUND, CONFLICT, REFUSED, HELD_BACK = 0, 1, 2, 5, 6, 7, 13


def work(house):
    done = house.run("vote-worker", "--once")
    assert done.returncode == 0, done.stderr


def bury(house, *messages):
    house.put_in_queue(*(entry if isinstance(entry, str) else json.dumps(entry) for entry in messages))
    work(house)


def change_store(house, statement, *parameters):
    house.sql_change(statement, *parameters)
    house.sql_change("UPDATE store_meta SET revision = revision + 1")


@contextlib.contextmanager
def absent(house, poll):
    """A store set back to before the poll was made."""
    real, other = house.engine.id(poll["poll_id"]), house.engine.id(uuid.uuid4())
    change_store(house, "UPDATE polls SET poll_id = ? WHERE poll_id = ?", other, real)
    yield
    change_store(house, "UPDATE polls SET poll_id = ? WHERE poll_id = ?", real, other)


def bury_votes(house, poll, number):
    with absent(house, poll):
        bury(house, *(message(poll, 0) for _ in range(number)))


def dlq(house, *arguments, stdin="", code=OK):
    done = house.run("vote-dlq", *arguments, stdin=stdin)
    assert done.returncode == code, done
    return done


def listed(house, *arguments):
    return [json.loads(line) for line in dlq(house, "list", "--json", *arguments).stdout.splitlines()]


def ids(house, *arguments):
    return [letter["id"] for letter in listed(house, *arguments)]


def decisions(house):
    return house.sql("SELECT actor, action, " + house.engine.hex("poll_id") + ", detail FROM operator_log"
                     " ORDER BY action_id")


@pytest.fixture
def poll(house):
    house.start_api()
    return house.poll()


def shell(house, command):
    """A pipe as people type it, with this house's configuration."""
    return subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True,
                          timeout=60, env=house.environment(), cwd=house.folder)


def use_as_default(house):
    folder = house.folder / "xdg" / "vote"
    folder.mkdir(parents=True)
    (folder / "vote.toml").write_text(house.config_file.read_text())


def test_lists_what_is_dead_why_and_where_it_came_from(house, poll):
    vote = message(poll, 0, option_ids=[str(uuid.uuid4())])
    bury(house, "poison", message(poll, 0), vote)
    poison, unknown = listed(house)
    assert poison["reason"] == "malformed" and poison["error"].startswith("malformed: not JSON")
    assert poison["poll_id"] is None and poison["offset"] == 0
    assert unknown["reason"] == "unknown_option" and unknown["offset"] == 2
    assert [unknown[name] for name in ("poll_id", "user_id", "request_id")] == [
        vote[name] for name in ("poll_id", "user_id", "request_id")]
    rows = [line.split("\t") for line in dlq(house, "list").stdout.splitlines()]
    assert rows[1] == [str(unknown["id"]), unknown["stamp"], "unknown_option", vote["poll_id"],
                       vote["user_id"], vote["request_id"], f"{house.engine.topic}/0/2"]


def test_filters_by_reason_poll_and_time(house, poll):
    other = house.poll()
    bury(house, "poison", message(poll, 0, option_ids=[str(uuid.uuid4())]),
         message(other, 0, option_ids=[str(uuid.uuid4())]))
    letters = listed(house)
    assert ids(house, "--reason", "malformed") == [letters[0]["id"]]
    assert ids(house, "--poll", other["poll_id"]) == [letters[2]["id"]]
    assert ids(house, "--since", "1h", "--limit", 2) == [letter["id"] for letter in letters[:2]]
    assert ids(house, "--until", "1h") == []
    assert ids(house, "--until", letters[0]["stamp"]) == []
    assert dlq(house, "count").stdout == "3\n"
    assert dlq(house, "count", "--by", "reason").stdout == "unknown_option\t2\nmalformed\t1\n"
    assert dlq(house, "count", "--poll", poll["poll_id"], "--json").stdout == '{"count":1}\n'
    for wrong in (["list", "--since", "soon"], ["list", "--poll", "lunch"], ["count", "--by", "voter"]):
        assert wrong[-1] in dlq(house, *wrong, code=USAGE).stderr


def test_shows_headers_and_message_and_names_what_is_not_there(house, poll):
    bury(house, "\x1b[31m not JSON")
    letter = ids(house)[0]
    done = dlq(house, "show", letter, letter + 1, "--json", code=NOT_FOUND)
    shown = json.loads(done.stdout)
    assert shown["message"] == "\x1b[31m not JSON"
    assert shown["headers"]["x-original-offset"] == "0"
    assert f"dead letter {letter + 1} is not there" in done.stderr
    assert f"x-original-topic\t{house.engine.topic}\n" in dlq(house, "show", letter).stdout


def test_a_vote_that_can_be_counted_now_is_counted_after_the_pipe_of_the_manual(house, poll):
    use_as_default(house)
    bury_votes(house, poll, 3)
    bury(house, "poison")
    for filtered in ("jq -c 'select(.offset == 0)'", "jq 'select(.offset == 1)'",
                     "jq 'select(.reason == \"unknown_poll\") | .id'"):
        done = shell(house, f"vote-dlq list --json | {filtered} | vote-dlq requeue -")
        assert (done.returncode, done.stderr) == (OK, "requeued: 1\n"), done
    work(house)
    assert house.counted(poll, 3)["yes"] == 3
    assert [letter["reason"] for letter in listed(house)] == ["malformed"]


def test_requeued_twice_it_counts_once(house, poll):
    bury_votes(house, poll, 2)
    both = ids(house)
    dlq(house, "requeue", *both, both[0])
    again = dlq(house, "requeue", *both, code=NOT_FOUND)
    assert again.stderr.count("not there") == 2
    work(house)
    assert house.counted(poll, 2)["yes"] == 2
    who = f"os:{getpass.getuser()}"
    assert [(actor, action) for actor, action, *_ in decisions(house)] == [(who, "requeued")] * 2


@pytest.mark.embedded
def test_a_vote_is_in_time_by_its_first_stamp_however_late_it_is_sent_round(house, poll):
    bury_votes(house, poll, 1)
    stamp = house.sql("SELECT max(stamp) FROM messages", file=house.queue_file)[0][0]
    change_store(house, "UPDATE polls SET start_time = ?, end_time = ?", stamp - 10**9, stamp - 4 * 10**6)
    eventually(lambda: time.time() * 1e6 > stamp + 2 * 10**6, "the poll's end and its grace are over")
    bury(house, message(poll, 0))
    assert [letter["reason"] for letter in listed(house)] == ["unknown_poll", "too_late"]
    dlq(house, "requeue", "--all")
    work(house)
    assert house.sql("SELECT total_votes FROM poll_totals") == [(1,)]
    assert [letter["reason"] for letter in listed(house)] == ["too_late"]


def test_a_vote_on_a_final_poll_is_refused_with_what_to_do(house, poll):
    bury_votes(house, poll, 1)
    change_store(house, "UPDATE polls SET final_at = end_time")
    letter = ids(house)[0]
    done = dlq(house, "requeue", letter, "--json", code=CONFLICT)
    assert json.loads(done.stdout)["code"] == "poll_final"
    assert "final" in done.stderr and "votectl poll create" in done.stderr
    assert f"vote-dlq drop {letter}" in done.stderr
    assert dlq(house, "requeue", "--all", "--dry-run", code=CONFLICT).stderr.endswith("refused: 1\n")
    assert (ids(house), decisions(house)) == ([letter], [])


def test_dropping_asks_and_without_a_terminal_needs_a_yes(house, poll):
    bury(house, "one", "two", "three")
    first, second, _ = ids(house)
    done = dlq(house, "drop", first, code=USAGE)
    assert "--yes" in done.stderr
    assert dlq(house, "drop", "-", stdin=f"{first}\n", code=USAGE).stdout == ""
    assert dlq(house, "drop", "--all", "--dry-run").stderr == "would be dropped: 3\n"
    assert len(ids(house)) == 3 and decisions(house) == []
    dlq(house, "drop", first, "--yes")
    dlq(house, "drop", "-", "--yes", stdin=f'{{"id":{second}}}\n')
    assert len(ids(house)) == 1
    actions = decisions(house)
    assert [action for _, action, *_ in actions] == ["dropped", "dropped"]
    assert f"{house.engine.topic}/0/0: malformed: not JSON" in actions[0][3]


def test_a_voter_whose_vote_was_dropped_can_vote_again(house, poll):
    token = house.token()
    assert house.cast(poll, 0, token).status == 202
    with absent(house, poll):
        work(house)
    assert house.cast(poll, 1, token).code == "vote_in_progress"
    dlq(house, "drop", "--all", "--yes")
    assert house.my_vote(poll, token)["status"] == "none"
    assert house.cast(poll, 1, token).status == 202
    work(house)
    assert house.counted(poll, 1)["no"] == 1


def on_terminal(house, answer, command):
    """Runs a shell's command with a terminal of its own, on which somebody types the answer once asked."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve("/bin/bash", ["bash", "-c", command], house.environment())
    seen = b""
    with contextlib.suppress(OSError):  # the terminal is gone with the command
        while piece := os.read(terminal, 4096):
            asked_before = b"[y/N]" in seen
            seen += piece
            if b"[y/N]" in seen and not asked_before:
                os.write(terminal, answer.encode() + b"\n")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), seen.decode()


@pytest.mark.parametrize("pipe", ["vote-dlq drop --all", "vote-dlq list --json | vote-dlq drop -"])
def test_dropping_on_a_terminal_is_decided_by_the_answer(house, poll, pipe):
    use_as_default(house)
    bury(house, "one", "two")
    code, seen = on_terminal(house, "n", pipe)
    assert code == FAILED and "drop 2 votes for good? [y/N]" in seen and "nothing was dropped" in seen
    assert len(ids(house)) == 2
    code, seen = on_terminal(house, "y", pipe)
    assert code == OK and "dropped: 2" in seen
    assert ids(house) == []


def test_a_terminal_sees_nothing_of_what_a_message_would_do_to_it(house, poll):
    use_as_default(house)
    bury(house, "\x1b]0;owned\x07", json.dumps(message(poll, 0, action="\x1b[2J")))
    for verb in ("list", "show 1 2", "list --json", "show 1 2 --json", "count --by reason"):
        code, seen = on_terminal(house, "", f"vote-dlq {verb}")
        assert code == OK and "\x1b" not in seen and "\x07" not in seen, seen


def test_broken_lines_are_named_and_the_others_are_done(house, poll):
    bury_votes(house, poll, 2)
    first, second = listed(house)
    elsewhere = json.dumps({**second, "stamp": "2020-01-01T00:00:00Z"})
    text = f"{json.dumps(first)}\n\nnot JSON\n{{\"id\":999}}\n{elsewhere}\n[1]"
    done = dlq(house, "requeue", "-", stdin=text, code=REFUSED)
    for number in (3, 4, 5, 6):
        assert f"vote-dlq: line {number}: " in done.stderr, number
    assert done.stderr.endswith("requeued: 1, refused: 2\n")
    assert ids(house) == [second["id"]]


def test_nothing_is_chosen_by_accident(house, poll):
    bury(house, "poison")
    for wrong in (["requeue"], ["drop", "--yes"], ["requeue", 1, "--all"], ["requeue", "one"],
                  ["drop", "--yes", "--reason", "malformed", 1], ["show"], ["requeue", "-", 1]):
        dlq(house, *wrong, code=USAGE)
    assert dlq(house, "requeue", "-").stderr == "requeued: 0\n"
    assert len(ids(house)) == 1 and decisions(house) == []


def test_two_operators_at_once_and_a_worker_count_each_vote_once(house, poll):
    bury_votes(house, poll, 300)
    house.start_worker()
    both = [house.start("vote-dlq", "requeue", "--all") for _ in range(2)]
    assert {process.wait(60) for process in both} <= {OK, NOT_FOUND}
    house.await_drained()
    assert house.counted(poll, 300)["yes"] == 300
    assert ids(house) == []


@pytest.mark.embedded
def test_an_operator_killed_at_any_moment_loses_no_vote_and_counts_none_twice(house, poll):
    bury_votes(house, poll, 400)
    messages = 'SELECT count(*) FROM messages'
    for share in (1, 130, 260):
        process = house.start("vote-dlq", "requeue", "--all")
        eventually(lambda: process.poll() is not None or
                   house.sql(messages, file=house.queue_file)[0][0] > 400 + share, "some are requeued")
        process.kill()
        process.wait()
        work(house)
    dlq(house, "requeue", "--all")
    work(house)
    assert house.counted(poll, 400)["yes"] == 400
    assert ids(house) == []


def test_a_list_longer_than_a_pipe_takes_ends_with_its_reader(house, poll):
    use_as_default(house)
    bury(house, *["poison"] * 1500)
    done = shell(house, "vote-dlq list | head -n 1 | cut -f 3")
    assert done.stdout == "malformed\n"


@pytest.mark.distributed
def test_poison_that_kafka_takes_from_others_but_not_from_us_is_cut_and_holds_nothing_up(house, poll):
    long = "x" * 1_500_000
    lost = message(poll, 0, option_ids=[str(uuid.uuid4())], user_agent=long)
    bury(house, long, message(poll, 0), lost, message(poll, 1))
    assert house.counted(poll, 2) == {"yes": 1, "no": 1, "maybe": 0}
    poison, vote = listed(house)
    assert (poison["reason"], poison["offset"]) == ("malformed", 0)
    assert (vote["reason"], vote["offset"]) == ("unknown_option", 2)
    assert [vote[name] for name in ("poll_id", "user_id", "request_id")] == [
        lost[name] for name in ("poll_id", "user_id", "request_id")]
    for header, value in zip(house.dead_letter_headers(), (long, json.dumps(lost))):
        assert header["x-truncated"] == str(len(value))
    shown = json.loads(dlq(house, "show", "--json", poison["id"]).stdout)
    assert shown["message"] and long.startswith(shown["message"])


@pytest.mark.distributed
def test_a_letter_that_was_cut_is_never_sent_round_and_holds_its_poll_back_until_it_is_dropped(house):
    house.config_file.write_text(house.config_file.read_text() + '[polls]\ngrace = "0s"\n')
    house.start_api()
    owner = house.token()
    poll = house.poll(token=owner)
    bury(house, message(poll, 0, option_ids=[str(uuid.uuid4())], user_agent="x" * 1_500_000))
    letter = listed(house)[0]["id"]
    for more in ([], ["--dry-run"]):
        refused = dlq(house, "requeue", letter, *more, code=REFUSED)
        assert f"votes-{house.engine.schema}/0/0" in refused.stderr and "drop the letter" in refused.stderr, refused
    assert ids(house) == [letter] and decisions(house) == []
    assert house.post(f"/v1/polls/{poll['poll_id']}/close", token=owner).status == 200

    def reconciled():
        work(house)
        return json.loads(house.run("vote-reconcile", "--once", "--json").stdout)

    eventually(lambda: reconciled()["held"], "its poll is held back")
    assert house.run("vote-dlq", "lost", "--json").stdout == "", "a cut letter is taken for a lost vote"
    dlq(house, "drop", letter, "--yes")
    assert reconciled()["finalised"] == 1


@pytest.mark.distributed
def test_headers_that_are_too_long_are_left_out(house, poll):
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": house.engine.brokers, "message.max.bytes": 2 * 1024 * 1024})
    producer.produce(house.engine.topic, "poison", partition=0, headers={"x-long": "x" * 1_500_000})
    assert producer.flush(30) == 0
    work(house)
    header, = house.dead_letter_headers()
    assert "x-long" not in header and header["x-truncated"] == str(len("poison"))
    assert dlq(house, "requeue", "--all").stderr == "requeued: 1\n", "its value is whole"


@pytest.mark.embedded
def test_without_a_queue_it_says_what_to_do(house):
    done = dlq(house, "list", code=10)
    assert "votectl db migrate" in done.stderr


def test_a_poll_held_back_by_a_dead_letter_is_final_once_it_is_dropped(house):
    house.config_file.write_text(house.config_file.read_text() + '[polls]\ngrace = "0s"\n')
    house.start_api()
    owner = house.token()
    poll = house.poll(token=owner)

    def reconciled():
        done = house.run("vote-reconcile", "--once", "--json")
        assert done.returncode in (OK, HELD_BACK), done
        return json.loads(done.stdout)

    def is_final():
        return house.results(poll).json["final"]

    bury(house, message(poll, 1), message(poll, 0, option_ids=[str(uuid.uuid4())]))
    assert house.post(f"/v1/polls/{poll['poll_id']}/close", token=owner).status == 200
    eventually(lambda: reconciled()["closed"], "closing messages are sent")
    work(house)
    dlq(house, "requeue", "--all")
    assert reconciled()["waiting"], "it is on another round"
    work(house)
    assert reconciled()["held"], "it is a dead letter again"
    dlq(house, "drop", "--all", "--yes")
    assert reconciled()["finalised"] == 1
    eventually(is_final, "the results are final")
    assert house.counted(poll, 1)["no"] == 1
