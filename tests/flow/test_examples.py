"""What is in examples/ runs as printed."""
import os
import re
import signal
import subprocess

import pytest

from house import ROOT, eventually

pytestmark = pytest.mark.embedded

EXAMPLES = ROOT / "examples"


@pytest.fixture
def poll_house(house):
    """Both daemons and a reconcile, where polls end soon; examples find its configuration by themselves."""
    house.config_file.write_text(house.config_file.read_text() + '[polls]\ngrace = "0s"\n')
    found_by_itself = house.folder / "xdg" / "vote"
    found_by_itself.mkdir(parents=True)
    (found_by_itself / "vote.toml").symlink_to(house.config_file)
    house.start_api()
    house.start_worker()
    house.start("vote-reconcile", "--every", "200ms")
    return house


def start(house, *command, **more):
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True,
                               env=house.environment(VOTE_URL=house.url, **more))
    house.processes.append(process)
    return process


def run(house, *command, **more):
    """To its end, which is a good one; what it printed."""
    return run_with_words(house, *command, **more)[0]


def run_with_words(house, *command, **more):
    """The same, and what it said on stderr."""
    process = start(house, *command, **more)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (out, err)
    return out, err


def final_poll(house, votes):
    owner = house.token()
    poll = house.poll(token=owner)
    for option, count in enumerate(votes):
        for _ in range(count):
            assert house.cast(poll, option, house.token()).status == 202
    house.counted(poll, sum(votes))
    assert house.post(f"/v1/polls/{poll['poll_id']}/close", token=owner).status == 200
    eventually(lambda: house.results(poll).json["final"], "final results")
    return poll


def test_hold_a_poll_asks_waits_and_prints_the_winner(poll_house):
    house = poll_house
    asking = start(house, EXAMPLES / "hold-a-poll", "Where do we eat?", "6s", "Soup", "Noodles", "Fish & chips",
                   VOTE_TOKEN=house.token())
    poll_id = re.search(r"votectl vote (\S+) OPTION", asking.stderr.readline())[1]
    poll = house.get(f"/v1/polls/{poll_id}").json
    assert [option["text"] for option in poll["options"]] == ["Soup", "Noodles", "Fish & chips"]
    for option in (0, 2, 2):
        assert house.cast(poll, option, house.token()).status == 202
    out, err = asking.communicate(timeout=60)
    assert (asking.returncode, out) == (0, "Fish & chips\t2\n"), err
    assert "3 votes so far" in err


def test_watch_results_prints_who_leads_until_the_results_are_final(poll_house):
    house = poll_house
    owner = house.token()
    poll = house.poll(token=owner)
    watching = start(house, EXAMPLES / "watch-results", poll["poll_id"])
    assert watching.stdout.readline().startswith("0\t")
    assert house.cast(poll, 1, house.token()).status == 202
    assert watching.stdout.readline() == "1\tno\t1\n"
    assert house.post(f"/v1/polls/{poll['poll_id']}/close", token=owner).status == 200
    assert watching.stdout.read().splitlines()[-1] == "1\tno\t1"
    assert watching.wait(30) == 0


def test_nightly_export_keeps_each_final_poll_once_and_nobodys_name(poll_house, tmp_path):
    house = poll_house
    final, still_open = final_poll(house, (2, 1)), house.poll()
    auditor = {"VOTE_TOKEN": house.token(role="auditor")}
    assert run(house, EXAMPLES / "nightly-export", tmp_path / "kept", **auditor) == final["poll_id"] + "\n"
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [f"{final['poll_id']}.ndjson"]
    text = (tmp_path / "kept" / f"{final['poll_id']}.ndjson").read_text()
    assert "user_id" not in text and still_open["poll_id"] not in text
    assert '"total_votes":3' in text
    assert run(house, EXAMPLES / "nightly-export", tmp_path / "kept", **auditor) == ""


def test_load_test_judges_what_it_sent(poll_house):
    out = run(poll_house, EXAMPLES / "load-test", poll_house.config_file, "200", "1s")
    assert re.search(r"^sent +200$", out, re.M) and "verdict: clean" in out, out


def test_two_workers_go_on_when_one_of_them_dies(house):
    house.start_api()
    pair = start(house, EXAMPLES / "two-workers", house.config_file)

    def workers():
        children = subprocess.run(["pgrep", "--parent", str(pair.pid), "vote-worker"], capture_output=True, text=True)
        return [int(number) for number in children.stdout.split()]

    both = eventually(lambda: len(found := workers()) == 2 and found, "two workers")
    poll = house.poll()
    assert house.cast(poll, 0, house.token()).status == 202
    house.counted(poll, 1)
    os.kill(both[0], signal.SIGKILL)
    assert house.cast(poll, 0, house.token()).status == 202
    house.counted(poll, 2)
    pair.send_signal(signal.SIGTERM)
    pair.wait(30)
    assert workers() == []


def cron_lines():
    lines = [line for line in (EXAMPLES / "crontab").read_text().splitlines() if line and line[0] not in "#"]
    return [line.split(None, 5)[5] for line in lines]


def run_cron_line(house, line, folder):
    line = line.replace("/usr/share/doc/vote/examples", str(EXAMPLES)).replace("/var/", f"{folder}/")
    return run_with_words(house, "sh", "-c", line)


def test_the_lines_for_cron_do_their_work_and_print_nothing_where_all_is_well(poll_house, tmp_path):
    house = poll_house
    poll = final_poll(house, (1, 2))
    reconcile, dead_letters, export = cron_lines()
    (tmp_path / "lib" / "vote").mkdir(parents=True)
    assert run_cron_line(house, reconcile, tmp_path) == ("", "")
    assert "polls" in (tmp_path / "lib" / "vote" / "reconcile").read_text()
    assert run_cron_line(house, dead_letters, tmp_path) == ("", "")
    assert run_cron_line(house, export, tmp_path)[0] == poll["poll_id"] + "\n"


def test_cron_mails_that_dead_letters_wait(poll_house, tmp_path):
    house = poll_house
    house.put_in_queue("no message")
    eventually(lambda: house.run("vote-dlq", "count").stdout == "1\n", "a dead letter")
    assert run_cron_line(house, cron_lines()[1], tmp_path)[0].split() == ["malformed", "1"]
