"""vote-loadgen as its users meet it: what it reports is what the server and the store saw."""
import json
import subprocess

from house import eventually


def load(house, *arguments):
    return house.run("vote-loadgen", "--url", house.url, "--json", *arguments)


def test_every_vote_that_a_run_calls_accepted_is_counted(running):
    done = load(running, "--rate", "200", "--for", "2s")
    assert done.returncode == 0, done
    report = json.loads(done.stdout)
    assert report["sent"] > 0 and report["statuses"] == {"202": report["sent"]}
    running.counted(report, report["sent"])
    latency = report["latency_ms"]
    assert 0 < latency["p50"] <= latency["p99"] <= latency["max"]


def test_votes_go_to_the_poll_that_is_named(running):
    poll = running.poll()
    report = json.loads(load(running, "--poll", poll["poll_id"], "--rate", "100", "--for", "1s").stdout)
    assert sum(running.counted(poll, report["sent"]).values()) == report["sent"] > 0


def test_results_are_read(running):
    poll = running.poll()
    done = load(running, "--mix", "reads", "--poll", poll["poll_id"], "--rate", "100", "--for", "1s")
    report = json.loads(done.stdout)
    assert done.returncode == 0 and report["statuses"] == {"200": report["sent"]}, done


def test_refused_votes_and_a_server_out_of_reach_have_their_exit_statuses(running):
    other = running.folder / "another-secret"
    other.touch(mode=0o600)
    other.write_text("a secret that this server does not know\n")
    refused = load(running, "--secret-file", other, "--poll", running.poll()["poll_id"], "--rate", "50",
                   "--for", "1s")
    assert refused.returncode == 7, refused
    away = running.run("vote-loadgen", "--url", "http://127.0.0.1:1", "--for", "1s")
    assert away.returncode == 8 and "127.0.0.1:1" in away.stderr, away


def test_ballots_of_several_options_are_sent_and_judged(running):
    done = load(running, "--options", "6", "--choices", "3", "--rate", "200", "--for", "2s",
                "--journal", running.folder / "journal", "--verify")
    assert done.returncode == 0, done
    report = json.loads(done.stdout)
    results = running.get(f"/v1/polls/{report['poll_id']}/results").json
    named = sum(option["votes"] for option in results["options"])
    assert results["total_votes"] == report["sent"] < named <= 3 * report["sent"], results


def test_a_ballot_cannot_name_more_options_than_the_poll_has(running):
    done = load(running, "--options", "3", "--choices", "4", "--for", "1s")
    assert done.returncode == 2 and "--choices" in done.stderr, done


def test_watchers_are_shown_every_change_until_the_run_is_over(running):
    journal = running.folder / "journal-of-watchers"
    done = load(running, "--polls", "2", "--watchers", "20", "--rate", "200", "--for", "2s",
                "--journal", journal, "--verify")
    assert done.returncode == 0, done
    watchers = json.loads(done.stdout)["watchers"]
    assert watchers["count"] == 20 and watchers["lost"] == 0
    reads = [line for line in map(json.loads, journal.read_text().splitlines()) if "read" in line]
    assert len(reads) == watchers["pages"] >= 20
    assert len({read["connection"] for read in reads}) == 20
    assert all(read["status"] == 200 for read in reads)


def test_results_that_nobody_may_see_cannot_be_watched(running):
    hidden = running.poll(show_results_during_voting=False)["poll_id"]
    done = load(running, "--poll", hidden, "--watchers", "2", "--for", "1s")
    assert done.returncode == 8 and hidden in done.stderr and "403" in done.stderr, done


def test_watchers_that_lose_their_server_are_told_of(house):
    api = house.start_api()
    journal = house.folder / "journal"
    run = house.start("vote-loadgen", "--url", house.url, "--json", "--watchers", "5", "--rate", "20",
                      "--for", "2s", "--journal", journal, stdout=subprocess.PIPE)
    eventually(lambda: journal.exists() and '"answer"' in journal.read_text(), "an answer")
    api.kill()
    house.start_api()
    report = json.loads(run.communicate()[0])
    assert report["watchers"]["lost"] == 5 and run.returncode == 8, report
