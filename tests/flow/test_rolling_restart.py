"""Three of each daemon behind the HAProxy of examples/: none that is restarted or dies costs a vote."""
import asyncio
import concurrent.futures
import contextlib
import csv
import http.client
import json
import os
import re
import signal
import subprocess
import threading

import pytest
import websockets

from house import ROOT, WAIT_S_MAX, eventually, free_port

EXAMPLES = ROOT / "examples"
UNITS = ("vote-api@8081", "vote-api@8082", "vote-api@8083")
WORKERS = 3
READS = 10
RATE = 1000
MIX = "votes=85,retries=15"


def port_of(unit):
    """Where the example has it."""
    return unit.partition("@")[2]


def advised():
    """What haproxy.cfg says that [api] has to say, as TOML."""
    lines = re.findall(r"^# +(\w+ = .*)$", (EXAMPLES / "haproxy.cfg").read_text(), re.M)
    assert [line.split()[0] for line in lines] == ["trusted_proxies", "forwarded_header", "stop_delay"]
    return "".join(line + "\n" for line in lines)


class Site:
    """A house whose port is HAProxy's."""

    def __init__(self, house):
        self.house = house
        text = house.config_file.read_text()
        house.config_file.write_text(text.replace("[api]\n", "[api]\n" + advised()))
        self.ports = {unit: free_port() for unit in UNITS}
        self.operators = free_port()
        self.apis = {}
        self.workers = []

    def start(self):
        for unit in UNITS:
            self.start_api(unit)
        self.workers = [self.house.start_worker() for _ in range(WORKERS)]
        self.start_balancer()

    def start_balancer(self):
        text = (EXAMPLES / "haproxy.cfg").read_text()
        places = {" :80\n": f" 127.0.0.1:{self.house.port}\n", ":8404\n": f":{self.operators}\n",
                  **{f":{port_of(unit)}\n": f":{port}\n" for unit, port in self.ports.items()}}
        for place, new in places.items():
            assert text.count(place) == 1, place
            text = text.replace(place, new)
        config = self.house.folder / "haproxy.cfg"
        config.write_text(text)
        with open(self.house.folder / "haproxy.log", "ab") as log:
            balancer = subprocess.Popen(["haproxy", "-db", "-f", config], stdin=subprocess.DEVNULL, stdout=log,
                                        stderr=log)
        self.house.processes.append(balancer)
        eventually(lambda: balancer.poll() is not None or self.all_up(), "HAProxy has all APIs")
        assert balancer.poll() is None, self.house.log("haproxy")

    def get(self, port, path):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S_MAX)
        with contextlib.closing(line), contextlib.suppress(OSError, http.client.HTTPException):
            line.request("GET", path)
            response = line.getresponse()
            return response.status, response.read().decode()
        return 0, ""

    def all_up(self):
        return self.get(self.operators, "/all-up")[0] == 200

    def statistics(self):
        """What HAProxy counts of each API, and of all as BACKEND."""
        lines = self.get(self.operators, "/;csv")[1].removeprefix("# ").splitlines()
        return {row["svname"]: row for row in csv.DictReader(lines) if row["pxname"] == "vote_api"}

    def troubles(self):
        """By the names that HAProxy has for them."""
        return {name: int(self.statistics()["BACKEND"][name])
                for name in ("hrsp_5xx", "econ", "eresp", "wretr", "wredis")}

    def start_api(self, unit):
        port = self.ports[unit]
        api = self.house.start("vote-api", VOTE_API_LISTEN=f"127.0.0.1:{port}")
        eventually(lambda: api.poll() is not None or self.get(port, "/readyz")[0] == 200, f"{unit} is ready")
        assert api.poll() is None, self.house.log("vote-api")
        self.apis[unit] = api

    def end_api(self, unit, by=signal.SIGTERM):
        self.apis[unit].send_signal(by)
        return self.apis[unit].wait(WAIT_S_MAX)

    def restart_worker(self, number):
        self.workers[number].terminate()
        assert self.workers[number].wait(WAIT_S_MAX) == 0
        self.workers[number] = self.house.start_worker()

    def hang_up_all(self):
        for daemon in (*self.apis.values(), *self.workers):
            daemon.send_signal(signal.SIGHUP)


class Load:
    """vote-loadgen again and again on one poll, by way of HAProxy, until what goes on meanwhile is over."""

    def __init__(self, site):
        self.house = site.house
        self.poll = self.house.poll()
        self.journals = []
        self.over = threading.Event()

    def run(self):
        reports = []
        while not self.over.is_set():
            self.journals.append(self.house.folder / f"{len(self.journals)}.ndjson")
            done = self.house.run("vote-loadgen", "--url", self.house.url, "--poll", self.poll["poll_id"], "--mix", MIX,
                                  "--rate", RATE, "--for", "5s", "--connections", "32", "--json",
                                  "--journal", self.journals[-1])
            assert done.stdout, done
            reports.append(json.loads(done.stdout))
        return reports

    def during(self, what):
        """The reports of the load while `what` was done."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            reports = pool.submit(self.run)
            try:
                eventually(lambda: self.house.results(self.poll).json["total_votes"] > 0, "votes are counted")
                what()
            finally:
                self.over.set()
            return reports.result()

    def judge(self):
        """That each vote that was acknowledged counts once."""
        done = self.house.run("vote-loadgen", "--url", self.house.url, "--json", "--verify", *self.journals)
        assert done.returncode == 0, done


def failed(reports):
    """Whatever was answered otherwise than it should be."""
    found = {"no_answer": sum(report["no_answer"] + report["not_sent"] for report in reports)}
    for report in reports:
        for status, count in report["statuses"].items():
            if status not in ("200", "201", "202"):
                found[status] = found.get(status, 0) + count
    return {what: count for what, count in found.items() if count}


@pytest.fixture
def site(house):
    return Site(house)


def start_rolling(site, **environment):
    """The example; where it speaks to systemd it is the test that hears it, and has to answer."""
    folder = site.house.folder / "systemd"
    folder.mkdir()
    (folder / "systemctl").write_text('#!/bin/sh\necho "$@"\nread -r done\n')
    (folder / "systemctl").chmod(0o755)
    rolling = subprocess.Popen([EXAMPLES / "rolling-restart", *UNITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True, bufsize=1,
                               env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}",
                                    "ALL_UP": f"http://127.0.0.1:{site.operators}/all-up", **environment})
    site.house.processes.append(rolling)
    return rolling


def roll(site):
    """Runs the example, and does what it asks of systemd; each time a worker is restarted too."""
    rolling = start_rolling(site)
    asked = []
    for number, line in enumerate(rolling.stdout):
        asked.append(line.removeprefix("restart ").strip())
        assert site.end_api(asked[-1]) == 0
        site.restart_worker(number)
        site.start_api(asked[-1])
        site.hang_up_all()
        rolling.stdin.write("done\n")
    assert rolling.wait(WAIT_S_MAX) == 0
    assert tuple(asked) == UNITS


def kill_each(site):
    for unit in UNITS:
        assert site.end_api(unit, by=signal.SIGKILL) != 0
        site.start_api(unit)
        eventually(site.all_up, "HAProxy has all APIs again")


def say(reports, counts):
    print(json.dumps({"sent": sum(report["sent"] for report in reports), "failed": failed(reports), **counts}))


def test_a_rolling_restart_costs_no_vote_and_nothing_is_sent_twice(site):
    site.start()
    load = Load(site)
    reports = load.during(lambda: roll(site))
    counts = site.troubles()
    say(reports, counts)
    assert failed(reports) == {}
    assert not any(counts.values()), "HAProxy met a connection that an API had closed, or a closed port"
    load.judge()


def test_apis_that_are_killed_cost_no_vote_either(site):
    site.start()
    load = Load(site)
    reports = load.during(lambda: kill_each(site))
    say(reports, site.troubles())
    assert failed(reports) == {}
    load.judge()


def test_an_api_is_restarted_only_while_none_is_missing(site):
    site.start()
    assert site.end_api(UNITS[2]) == 0
    eventually(lambda: not site.all_up(), "HAProxy misses it")
    rolling = start_rolling(site, PATIENCE_S="1")
    assert (rolling.stdout.read(), rolling.wait(WAIT_S_MAX)) == ("", 1)


def test_an_api_that_is_told_to_stop_says_so_and_goes_on(house):
    api = house.start_api(VOTE_API_STOP_DELAY="20s")
    poll = house.poll()
    kept = house.connect()
    assert house.cast(poll, 0, house.token(), connection=kept).status == 202
    api.terminate()
    eventually(lambda: house.get("/readyz").status == 503, "it says that it stops")
    assert house.get("/readyz").json["reasons"] == ["it was told to stop"]
    for connection in (kept, house.connect()):
        answer = house.cast(poll, 0, house.token(), connection=connection)
        assert (answer.status, answer.headers["Connection"]) == (202, "close")
    assert api.poll() is None


def test_the_apis_know_the_address_of_each_client_whatever_it_says(site):
    site.start()
    house = site.house
    poll = house.poll()
    for address in ("127.0.0.2", "127.0.0.3"):
        line = http.client.HTTPConnection("127.0.0.1", house.port, timeout=WAIT_S_MAX, source_address=(address, 0))
        ballot = {"option_id": poll["options"][0]["option_id"]}
        answer = house.post(f"/v1/polls/{poll['poll_id']}/votes", ballot, token=house.token(), connection=line,
                            X_Forwarded_For="192.0.2.9", Forwarded="for=192.0.2.9")
        assert answer.status == 202, answer
    house.counted(poll, 2)
    log = house.get(f"/v1/polls/{poll['poll_id']}/audit", token=house.token(role="auditor")).text
    assert sorted(json.loads(line)["ip"] for line in log.splitlines()) == ["127.0.0.2", "127.0.0.3"]


def test_a_client_is_shown_results_by_one_api(site):
    site.start()
    poll = site.house.poll()
    before = site.statistics()
    for _ in range(READS):
        assert site.house.results(poll).status == 200
    after = site.statistics()
    served = [int(after[name]["hrsp_2xx"]) - int(before[name]["hrsp_2xx"]) for name in ("one", "two", "three")]
    assert sorted(served) == [0, 0, READS]


def test_results_are_watched_through_the_balancer(site):
    site.start()
    house = site.house
    poll = house.poll()
    path = f"/v1/polls/{poll['poll_id']}/results"

    async def on_socket():
        async with websockets.connect(f"ws://127.0.0.1:{house.port}{path}/live", open_timeout=WAIT_S_MAX) as socket:
            assert json.loads(await socket.recv())["total_votes"] == 0
            assert house.cast(poll, 0, house.token()).status == 202
            return json.loads(await asyncio.wait_for(socket.recv(), WAIT_S_MAX))["total_votes"]
    assert asyncio.run(on_socket()) == 1
    line = house.connect()
    line.request("GET", f"{path}/events")
    events = line.getresponse()
    assert events.headers.get_content_type() == "text/event-stream"
    assert any(b'"total_votes":1' in field for field in iter(events.readline, b""))


def test_while_no_api_is_up_the_balancer_says_so_as_an_api_would(site):
    site.start()
    for unit in UNITS:
        site.apis[unit].terminate()
    eventually(lambda: site.house.get("/readyz").code == "unavailable", "HAProxy has none")
    answer = site.house.post("/v1/sessions/guest")
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "unavailable", "1")


def test_what_is_the_operators_own_is_not_shown_outside(site):
    site.start()
    assert site.house.get("/metrics").status == 404
    assert site.get(site.ports[UNITS[0]], "/metrics")[0] == 200
