"""How daemons start, drain, stop and reopen their logs."""
import json
import os
import signal
import socket
import subprocess
import threading

import pytest

from house import BIN, eventually


def test_sigterm_drains_what_is_in_flight_and_exits_0(house):
    api, worker = house.start_api(), house.start_worker()
    poll = house.poll()
    statuses, stop = [], threading.Event()

    def vote():
        while not stop.is_set():
            try:
                statuses.append(house.cast(poll, 0, house.token()).status)
            except OSError:
                return  # no longer listening

    threads = [threading.Thread(target=vote) for _ in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(statuses) > 100, "votes are flowing")
    api.terminate()
    assert api.wait(30) == 0
    stop.set()
    for thread in threads:
        thread.join()
    worker.terminate()
    assert worker.wait(30) == 0
    accepted = statuses.count(202) + statuses.count(201)
    assert not [status for status in statuses if status >= 500]
    assert house.run("vote-worker", "--once").returncode == 0
    counted = house.sql("SELECT total_votes FROM poll_totals")[0][0]
    assert accepted <= counted <= accepted + len(threads)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_daemon_at_rest_stops_at_once_with_status_0(house, name):
    daemons = [house.start_api(), house.start_worker()]
    eventually(lambda: "vote-worker" in house.log("vote-worker"), "the worker runs")
    for daemon in daemons:
        daemon.send_signal(getattr(signal, name))
        assert daemon.wait(10) == 0


def test_a_clean_stop_gives_the_lease_back(house):
    api = house.start_api()
    assert house.sql("SELECT count(*) FROM api_leases") == [(1,)]
    api.terminate()
    assert api.wait(30) == 0
    assert house.sql("SELECT count(*) FROM api_leases") == [(0,)]


def test_sighup_opens_the_log_anew(house):
    log, rotated = house.folder / "api-own.log", house.folder / "api-own.log.1"
    with open(house.config_file, "a") as config:
        config.write(f'[log]\nfile = "{log}"\n')
    api = house.start_api()
    os.rename(log, rotated)
    api.send_signal(signal.SIGHUP)
    eventually(log.exists, "a new log file")
    api.terminate()
    assert api.wait(30) == 0
    assert log.read_text() and rotated.read_text()


def test_each_line_of_the_log_is_one_json_object_and_holds_no_secret(house):
    api, worker = house.start_api(), house.start_worker()
    token = house.token()
    house.post("/v1/users", {"email": "log@example.org", "username": "log", "password": "very secret words"})
    house.cast(house.poll(), 0, token)
    for daemon in (api, worker):
        daemon.terminate()
        assert daemon.wait(30) == 0
    for program in ("vote-api", "vote-worker"):
        text = house.log(program)
        assert text and all(isinstance(json.loads(line), dict) for line in text.splitlines())
        for secret in (token, "very secret words", house.secret.decode()):
            assert secret not in text


def test_the_service_manager_is_told_when_the_daemon_is_ready(house):
    path = house.folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(30)
        for program in ("vote-api", "vote-worker"):
            daemon = house.start(program, NOTIFY_SOCKET=str(path))
            assert b"READY=1" in manager.recv(4096)
            daemon.terminate()
            said = manager.recv(4096)
            while b"STOPPING=1" not in said:
                said = manager.recv(4096)
            assert daemon.wait(30) == 0


def test_a_port_that_is_taken_is_named(house):
    with socket.socket() as other:
        other.bind(("127.0.0.1", house.port))
        other.listen()
        done = house.run("vote-api")
    assert done.returncode == 9, done
    assert str(house.port) in done.stderr


def test_an_end_of_output_does_not_stop_a_daemon(house):
    """Its log goes to a pipe whose reader has gone."""
    read, write = os.pipe()
    process = subprocess.Popen([BIN / "vote-api", "-c", house.config_file], stderr=write, stdout=write,
                               env=house.environment())
    house.processes.append(process)
    os.close(write)
    eventually(house.is_ready, "vote-api ready")
    os.close(read)
    poll = house.poll()
    assert house.cast(poll, 0, house.token()).status == 202
    process.send_signal(signal.SIGHUP)
    assert house.cast(poll, 0, house.token()).status == 202
    process.terminate()
    assert process.wait(30) == 0
