"""vote-loadgen as its users meet it: what it reports is what the server and the store saw."""
import json


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
