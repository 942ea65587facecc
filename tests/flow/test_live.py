"""Results as they change, over WebSocket and server-sent events, read by clients that nobody here wrote:
Python's websockets, curl, and an EventSource as browsers have it (Debian's node-eventsource)."""
import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import time

import pytest
import websockets

from house import BIN, WAIT_S_MAX, eventually, in_seconds

WATCHERS_THAT_NEVER_READ = 20


def socket_url(house, poll):
    return f"ws://127.0.0.1:{house.port}/v1/polls/{poll['poll_id']}/results/live"


def events_path(poll):
    return f"/v1/polls/{poll['poll_id']}/results/events"


def on_socket(house, poll, use, **options):
    """What use(connection) gives with a WebSocket that is open."""
    async def run():
        async with websockets.connect(socket_url(house, poll), open_timeout=WAIT_S_MAX, **options) as connection:
            return await asyncio.wait_for(use(connection), WAIT_S_MAX)
    return asyncio.run(run())


def refused(house, poll, **options):
    """The status that a handshake is answered with."""
    with pytest.raises(websockets.InvalidStatusCode) as refusal:
        on_socket(house, poll, lambda connection: connection.recv(), **options)
    return refusal.value.status_code


async def object_with(connection, total):
    """Reads up to the object with so many votes; gives all."""
    objects = []
    while not objects or objects[-1]["total_votes"] < total:
        objects.append(json.loads(await connection.recv()))
    return objects


@contextlib.contextmanager
def curl(house, poll, *arguments):
    process = subprocess.Popen(["curl", "-sSN", *arguments, house.url + events_path(poll)], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, bufsize=1)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def next_event(process):
    """The fields of the next event that has data."""
    fields = {}
    for line in process.stdout:
        name, colon, value = line.rstrip("\n").partition(": ")
        if colon and name:
            fields[name] = value
        elif not line.strip() and "data" in fields:
            return {**fields, "data": json.loads(fields["data"])}
    return None


EVENT_SOURCE = """
const EventSource = require('/usr/share/nodejs/eventsource');
const source = new EventSource(process.argv[1]);
source.onmessage = (message) => console.log(message.data);
source.onerror = () => {};  // it comes back by itself, unless it is told to stay away: then node ends
"""


def make_final(house, poll):
    """As the store has it once a poll is over and counted."""
    # In this order, so that an API which looks in between is told of the poll again.
    house.sql_change("UPDATE polls SET final_at = end_time, revision = (SELECT revision + 1 FROM store_meta) "
                    "WHERE poll_id = ?", house.engine.id(poll["poll_id"]))
    house.sql_change("UPDATE store_meta SET revision = revision + 1")


def test_a_websocket_gets_the_results_at_once_and_each_change(running):
    poll = running.poll()

    async def use(connection):
        first = json.loads(await connection.recv())
        for option in (0, 0, 1):
            assert await asyncio.to_thread(lambda o=option: running.cast(poll, o, running.token()).status) == 202
        return first, (await object_with(connection, 3))[-1]

    first, last = on_socket(running, poll, use)
    assert first["total_votes"] == 0 and first["poll_id"] == poll["poll_id"]
    assert [option["votes"] for option in last["options"]] == [2, 1, 0]
    assert last == running.results(poll).json


def test_curl_gets_the_results_at_once_and_each_change(running):
    poll = running.poll()
    with curl(running, poll) as process:
        first = next_event(process)
        assert first["data"] == running.results(poll).json and int(first["retry"]) > 0
        assert first["id"] == running.results(poll).headers["ETag"].strip('"')
        running.cast(poll, 0, running.token())
        changed = next_event(process)
        assert changed["data"]["total_votes"] == 1 and changed["id"] != first["id"]


def test_many_votes_make_few_events_and_the_last_one_is_right(running):
    poll, votes = running.poll(), 300

    async def use(connection):
        began = time.monotonic()
        cast = asyncio.to_thread(lambda: [running.cast(poll, 0, running.token()) for _ in range(votes)])
        objects, _ = await asyncio.gather(object_with(connection, votes), cast)
        return objects, time.monotonic() - began

    objects, took_s = on_socket(running, poll, use)
    assert objects[-1]["total_votes"] == votes
    assert [each["version"] for each in objects] == sorted({each["version"] for each in objects})
    assert len(objects) <= 10 * took_s + 2


def test_watchers_that_never_read_hold_nobody_up(running):
    poll = running.poll(options=["x" * 400 + str(number) for number in range(100)])
    with contextlib.ExitStack() as stack:
        for number in range(WATCHERS_THAT_NEVER_READ):
            raw = stack.enter_context(socket.create_connection(("127.0.0.1", running.port)))
            lines = [f"GET {events_path(poll)} HTTP/1.1", "Host: a", "", ""]
            if number % 2:
                lines[0] = lines[0].replace("events", "live")
                lines[2:2] = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
            raw.sendall("\r\n".join(lines).encode())

        async def use(connection):
            for total in range(1, 31):
                await asyncio.to_thread(running.cast, poll, 0, running.token())
                await object_with(connection, total)
            return True

        assert on_socket(running, poll, use)
        assert running.counted(poll, 30)


def test_a_restart_of_the_api_ends_watching_in_order_and_it_goes_on(house):
    api, _ = house.start_api(), house.start_worker()
    poll = house.poll()
    watching = house.start("votectl", "results", poll["poll_id"], "--watch", "--json", stdout=subprocess.PIPE,
                           VOTE_URL=house.url)
    assert json.loads(watching.stdout.readline())["total_votes"] == 0

    async def use(connection):
        await connection.recv()
        api.send_signal(signal.SIGTERM)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await connection.recv()
        return closed.value.rcvd.code

    with curl(house, poll) as process:
        assert next_event(process)
        assert on_socket(house, poll, use) == 1001
        assert next_event(process) is None and process.wait() == 0
    assert api.wait(WAIT_S_MAX) == 0
    eventually(lambda: "trying again" in house.log("votectl"), "votectl says that the API is gone")
    house.start_api()
    assert house.cast(poll, 0, house.token()).status == 202
    assert json.loads(watching.stdout.readline())["total_votes"] == 1
    watching.kill()
    watching.stdout.close()


def test_an_event_source_comes_back_by_itself_and_stays_away_once_results_are_final(house):
    api, _ = house.start_api(), house.start_worker()
    poll = house.poll()
    source = subprocess.Popen(["node", "-e", EVENT_SOURCE, house.url + events_path(poll)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True)
    house.processes.append(source)

    def shown():
        return json.loads(source.stdout.readline())

    assert shown()["total_votes"] == 0
    assert house.cast(poll, 2, house.token()).status == 202
    assert [option["votes"] for option in shown()["options"]] == [0, 0, 1]
    api.send_signal(signal.SIGTERM)
    assert api.wait(WAIT_S_MAX) == 0
    house.start_api()
    assert house.cast(poll, 1, house.token()).status == 202
    while shown()["total_votes"] < 2:
        pass
    make_final(house, poll)
    while not shown()["final"]:
        pass
    assert source.wait(WAIT_S_MAX) == 0


def test_final_results_are_the_last_ones(running):
    owner = running.token()
    poll = running.poll(token=owner, end_time=in_seconds(2))
    watching = subprocess.Popen([BIN / "votectl", "-c", running.config_file, "results", poll["poll_id"], "--watch",
                                 "--json"], stdout=subprocess.PIPE, text=True,
                                env=running.environment(VOTE_URL=running.url))

    async def use(connection):
        seen = [json.loads(await connection.recv())]
        while seen[-1]["status"] != "closed":
            seen.append(json.loads(await connection.recv()))
        make_final(running, poll)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            while True:
                seen.append(json.loads(await connection.recv()))
        return seen, closed.value.rcvd.code

    with curl(running, poll) as process:
        first = next_event(process)
        seen, code = on_socket(running, poll, use)
        assert (first["data"]["status"], first["data"]["final"]) == ("active", False)
        assert [each["final"] for each in seen] == [False] * (len(seen) - 1) + [True] and code == 1000
        events = []
        while event := next_event(process):
            events.append(event)
        assert events[-1]["data"]["final"] and process.wait() == 0
    lines = watching.communicate(timeout=WAIT_S_MAX)[0].splitlines()
    assert watching.returncode == 0 and json.loads(lines[-1])["final"]
    assert running.get(events_path(poll), Last_Event_ID=first["id"]).status == 200
    assert running.get(events_path(poll), Last_Event_ID=events[-1]["id"]).status == 204


def test_an_unknown_poll_is_refused_at_the_handshake(running):
    assert refused(running, {"poll_id": "01890a5d-ac96-774b-bcce-b302099a8057"}) == 404
    assert refused(running, {"poll_id": "no-poll"}) == 400
    assert running.get(events_path({"poll_id": "01890a5d-ac96-774b-bcce-b302099a8057"})).status == 404


def test_hidden_results_are_hidden_here_too(running):
    voter = running.token()
    poll = running.poll(show_results_during_voting=False)
    as_voter = {"extra_headers": {"Authorization": f"Bearer {voter}"}}
    assert refused(running, poll) == refused(running, poll, **as_voter) == 403
    hidden = running.get(events_path(poll), token=voter)
    assert (hidden.status, hidden.code) == (403, "results_hidden")
    told = running.votectl("results", poll["poll_id"], "--watch")
    assert told.returncode == running.votectl("results", poll["poll_id"]).returncode != 0
    assert "Vote to see results" in told.stderr
    running.cast(poll, 0, voter)
    eventually(lambda: running.results(poll, token=voter).status == 200, "results for who has voted")
    receive = lambda connection: connection.recv()
    assert json.loads(on_socket(running, poll, receive, **as_voter))["total_votes"] == 1
    assert refused(running, poll) == 403


def test_a_token_comes_as_a_subprotocol_where_no_header_can_be_set(running):
    voter = running.token()
    poll = running.poll(show_results_during_voting=False)
    running.cast(poll, 0, voter, wait=10)

    async def chosen(connection):
        await connection.recv()
        return connection.subprotocol

    token = f"vote.token.{voter}"
    assert on_socket(running, poll, chosen, subprotocols=["vote.results", token]) == "vote.results"
    assert on_socket(running, poll, chosen, subprotocols=[token]) == token
    assert on_socket(running, running.poll(), chosen, subprotocols=["another"]) is None
    assert refused(running, poll, subprotocols=["vote.results", token[:-3]]) == 401


def test_a_stream_that_is_for_one_voter_ends_with_the_token(running):
    short = running.token(exp=int(time.time()) + 1)  # and the leeway of 5 s
    poll = running.poll(show_results_during_voting=False)
    running.cast(poll, 0, short, wait=10)

    async def use(connection):
        with pytest.raises(websockets.ConnectionClosed) as closed:
            while True:
                await connection.recv()
        return closed.value.rcvd.code

    assert on_socket(running, poll, use, extra_headers={"Authorization": f"Bearer {short}"}) == 4401


def test_a_socket_from_a_foreign_page_is_refused(house):
    house.config_file.write_text(house.config_file.read_text().replace(
        "[api]\n", '[api]\npublic_url = "https://vote.example"\n', 1))
    house.start_api()
    poll = house.poll()
    receive = lambda connection: connection.recv()
    for origin in ("https://evil.example", "null", "http://vote.example", f"http://127.0.0.1:{house.port + 1}"):
        assert refused(house, poll, origin=origin) == 403, origin
    for origin in (None, house.url, "https://vote.example"):
        assert json.loads(on_socket(house, poll, receive, origin=origin))["poll_id"] == poll["poll_id"]


def test_what_is_no_handshake_is_told_what_there_is(running):
    poll = running.poll()
    path = f"/v1/polls/{poll['poll_id']}/results/live"
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13",
               "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    plain = running.get(path)
    assert (plain.status, plain.code) == (426, "upgrade_required")
    assert plain.headers["Upgrade"] == "websocket" and plain.headers["Sec-WebSocket-Version"] == "13"
    assert running.get(path, **{**upgrade, "Sec_WebSocket_Version": "8"}).status == 426
    assert running.get(path, **{**upgrade, "Sec_WebSocket_Key": "short"}).status == 400
    assert running.post(path).status == 405
    assert running.request("HEAD", events_path(poll)).headers["Content-Type"] == "text/event-stream"


def test_watching_in_a_pipe_prints_what_changes_and_ends_with_its_reader(running):
    poll = running.poll()
    watching = subprocess.Popen([BIN / "votectl", "-c", running.config_file, "results", poll["poll_id"], "--watch"],
                                stdout=subprocess.PIPE, text=True, env=running.environment(VOTE_URL=running.url))
    assert [watching.stdout.readline().split("\t")[0] for _ in range(3)] == ["1", "2", "3"]
    running.cast(poll, 1, running.token())
    assert watching.stdout.readline().split("\t")[:3] == ["2", "no", "1"]
    watching.stdout.close()
    assert watching.wait(WAIT_S_MAX) == 0
