"""Inputs to refuse, over bare sockets: a clear answer, no 5xx, nothing half done, and a server that
lives on."""
import json
import resource
import select
import socket
import time
import uuid

import pytest

from house import House, eventually, option_id


class Wire:
    """A bare connection: bytes out, bytes in."""

    def __init__(self, house, timeout_s=30):
        self.socket = socket.create_connection(("127.0.0.1", house.port), timeout=timeout_s)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def answer(self):
        """Reads one response: (status, body); (0, b"") where the server just closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.receive()
            if not piece:
                return 0, data
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                       if line.startswith(b"content-length:")), 0)
        while len(body) < length and (piece := self.receive()):
            body += piece
        return int(head.split(b" ")[1]), body

    def receive(self):
        try:
            return self.socket.recv(65536)
        except ConnectionError:
            return b""

    def is_closed_by_server(self):
        return self.receive() == b""


def ask(house, data):
    with Wire(house) as wire:
        try:
            wire.send(data)
        except ConnectionError:
            pass  # refused before all was sent
        return wire.answer()


@pytest.fixture
def refusing(running):
    """Whatever a test sends: afterwards the server lives and no vote was counted."""
    before = running.sql("SELECT count(*) FROM votes")
    yield running
    assert running.get("/healthz").status == 200
    running.await_drained()
    assert running.sql("SELECT count(*) FROM votes") == before


@pytest.fixture(scope="module")
def poll(running):
    return running.poll()


def post_vote(house, poll, body, *lines, length=None):
    body = body if isinstance(body, bytes) else body.encode()
    head = [f"POST /v1/polls/{poll['poll_id']}/votes HTTP/1.1", "Host: vote",
            f"Authorization: Bearer {house.token()}", "Content-Type: application/json", *lines]
    if length is not False:
        head.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def valid_ballot(poll):
    return json.dumps({"option_ids": [option_id(poll, 0)]})


BODIES = {
    "empty": b"", "not JSON": b"option=1", "half a JSON": b'{"option_ids":[', "two JSONs": b"{}{}",
    "a bare number": b"1", "null": b"null", "random bytes": bytes(range(256)),
    "invalid UTF-8": b'{"option_ids":["\xff\xfe"]}', "overlong UTF-8": b'{"option_ids":["\xc0\xaf"]}',
    "a lone surrogate": b'{"option_ids":["\\ud800"]}', "NaN": b'{"option_ids":[NaN]}',
    "a comment": b'{"option_ids":[]} // all of them', "UTF-16": '{"option_ids":[]}'.encode("utf-16"),
    "a number of a thousand digits": b'{"option_ids":[' + b"9" * 1000 + b"]}",
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_is_no_ballot_is_a_problem(refusing, poll, what):
    status, body = ask(refusing, post_vote(refusing, poll, BODIES[what]))
    assert status in (400, 422), (status, body)
    assert json.loads(body)["code"] in ("malformed", "invalid_option")
    assert b"exception" not in body and b"nlohmann" not in body and b"json." not in body


@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}")], ids=["arrays", "objects"])
def test_deep_nesting_does_not_reach_the_stack(refusing, poll, opening, closing):
    shallow_enough_for_the_limit = 60_000 // (len(opening) + len(closing))
    body = opening * shallow_enough_for_the_limit + b"1" + closing * shallow_enough_for_the_limit
    assert ask(refusing, post_vote(refusing, poll, body))[0] == 400
    assert ask(refusing, post_vote(refusing, poll, opening * 100_000 + b"1" + closing * 100_000))[0] == 413


def test_a_body_over_the_limit_is_a_413(refusing, poll):
    status, body = ask(refusing, post_vote(refusing, poll, b" " * 65537))
    assert status == 413 and json.loads(body)["code"] == "too_large"
    assert ask(refusing, post_vote(refusing, poll, b"", length=10**12))[0] == 413
    assert ask(refusing, post_vote(refusing, poll, b"", length=10**30))[0] in (400, 413)


def test_a_chunked_body_over_the_limit_is_a_413(refusing, poll):
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    request = post_vote(refusing, poll, chunk * 2 + b"0\r\n\r\n", "Transfer-Encoding: chunked", length=False)
    assert ask(refusing, request)[0] == 413


def test_a_media_type_that_is_not_json_is_a_415(refusing, poll):
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = refusing.post(f"/v1/polls/{poll['poll_id']}/votes", valid_ballot(poll).encode(),
                               token=refusing.token(), Content_Type=media_type)
        assert (answer.status, answer.code) == (415, "unsupported_media_type")


SMUGGLED = {
    "length and coding": ("Transfer-Encoding: chunked", "Content-Length: 5"),
    "two lengths": ("Content-Length: 5", "Content-Length: 6"),
    "the same length twice": ("Content-Length: 5", "Content-Length: 5"),
    "a list of lengths": ("Content-Length: 5, 6",), "a signed length": ("Content-Length: +5",),
    "a negative length": ("Content-Length: -5",), "a hexadecimal length": ("Content-Length: 0x5",),
    "coding gzip": ("Transfer-Encoding: gzip",),
    "coding gzip with a length": ("Transfer-Encoding: gzip", "Content-Length: 5"),
    "coding chunked, identity": ("Transfer-Encoding: chunked, identity",),
    "coding identity": ("Transfer-Encoding: identity",),
    "coding gzip, chunked": ("Transfer-Encoding: gzip, chunked",),
    "coding twice": ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    "coding with a tab": ("Transfer-Encoding:\tchunked, \tx",), "coding xchunked": ("Transfer-Encoding: xchunked",),
    "a space before the colon": ("Content-Length : 5",), "a folded line": ("X: a", " b"),
    "a line without a colon": ("nonsense",), "NUL in a field": ("X: a\0b",),
    "a bare CR": ("X: a\rb",), "no name": (": x",),
}


@pytest.mark.parametrize("what", SMUGGLED)
def test_what_smuggles_requests_is_a_400_and_the_connection_is_closed(refusing, poll, what):
    hidden = post_vote(refusing, poll, valid_ballot(poll))
    request = post_vote(refusing, poll, b"0\r\n\r\n", *SMUGGLED[what], length=False) + hidden
    with Wire(refusing) as wire:
        wire.send(request)
        status, body = wire.answer()
        assert status in (400, 501), (status, body)
        assert wire.is_closed_by_server()


HEADS = {
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no version": b"GET /healthz\r\n\r\n", "version 9.9": b"GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n",
    "no method": b"/healthz HTTP/1.1\r\nHost: a\r\n\r\n", "garbage": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "a bare LF in the target": b"GET /a\nb HTTP/1.1\r\nHost: a\r\n\r\n",
    "NUL in the target": b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "half an escape": b"GET /v1/polls/%4 HTTP/1.1\r\nHost: a\r\n\r\n",
    "an escape that is none": b"GET /v1/polls/%zz HTTP/1.1\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("what", HEADS)
def test_a_head_that_is_no_http_is_refused(refusing, what):
    status, _ = ask(refusing, HEADS[what])
    assert status == 0 or 400 <= status < 500 or status == 505


def test_a_head_over_the_limit_is_refused(refusing):
    assert ask(refusing, b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000 + b"\r\n\r\n")[0] in (0, 431, 413)
    many = b"".join(b"X-%d: y\r\n" % number for number in range(10_000))
    assert ask(refusing, b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + many + b"\r\n")[0] in (0, 431, 413)
    assert ask(refusing, b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")[0] in (0, 414, 431, 413)


@pytest.mark.parametrize("path", [
    "/../etc/passwd", "/v1/../../etc/passwd", "/v1/polls/../../../etc/passwd", "/..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/v1//polls", "/v1/polls/%2e%2e", "/v1/polls/..;/x"])
def test_a_path_does_not_climb(refusing, path):
    status, body = ask(refusing, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert 400 <= status < 500 and b"root:" not in body


def test_an_unknown_path_is_a_404_and_a_wrong_method_a_405_that_says_which(refusing):
    unknown = refusing.get("/v2/everything")
    assert (unknown.status, unknown.code) == (404, "not_found")
    wrong = refusing.request("PUT", "/v1/polls", {}, token=refusing.token())
    assert wrong.status == 405 and "POST" in wrong.headers["Allow"]
    assert refusing.request("BREW", "/v1/polls").status in (400, 405, 501)


def test_a_forwarded_address_of_a_peer_that_is_no_proxy_is_not_believed(running):
    poll, voter = running.poll(), str(uuid.uuid4())
    answer = running.post(f"/v1/polls/{poll['poll_id']}/votes", {"option_ids": [option_id(poll, 0)]},
                          token=running.token(voter), X_Forwarded_For="203.0.113.9",
                          Forwarded="for=203.0.113.9", X_Real_IP="203.0.113.9")
    assert answer.status == 202
    running.counted(poll, 1)
    assert running.sql("SELECT ip_address FROM vote_audit_log WHERE user_id = ?",
                       running.engine.id(voter)) == [("127.0.0.1",)]


def test_a_user_agent_is_kept_whole_or_cut_and_never_breaks_a_message(running):
    poll = running.poll()
    agents = ["x" * 5000, 'quote " and \\ backslash', "t\u00e9l\u00e9phone".encode().decode("latin-1"),
              "x" * 255 + "\u00e9".encode().decode("latin-1"), "\xff" * 300]
    for agent in agents:
        assert running.post(f"/v1/polls/{poll['poll_id']}/votes", {"option_ids": [option_id(poll, 0)]},
                            token=running.token(), User_Agent=agent).status == 202
    assert running.counted(poll, len(agents))["yes"] == len(agents)


def test_a_client_that_sends_a_byte_a_second_is_not_waited_for(running, poll):
    """The limit is 10 s for a whole request; a byte each half second does not extend it."""
    request = post_vote(running, poll, valid_ballot(poll))
    began = time.monotonic()
    with Wire(running) as wire:
        for byte in range(len(request)):
            try:
                wire.send(request[byte:byte + 1])
            except ConnectionError:
                break
            if select.select([wire.socket], [], [], 0.5)[0]:
                break
            assert time.monotonic() - began < 20, "a slow client still holds its connection"
        status, _ = wire.answer()
    assert status in (0, 408)


def test_a_client_that_closes_its_half_still_gets_its_answer(running, poll):
    with Wire(running) as wire:
        wire.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.answer()[0] == 200
        assert wire.is_closed_by_server()
    with Wire(running) as wire:
        wire.send(post_vote(running, poll, valid_ballot(poll))[:-3])
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.answer()[0] in (0, 400)


def test_requests_in_one_packet_are_answered_in_order(running):
    first, second = running.poll(), running.poll()
    with Wire(running) as wire:
        wire.send(b"".join(f"GET /v1/polls/{poll['poll_id']} HTTP/1.1\r\nHost: a\r\n{last}\r\n".encode()
                           for poll, last in ((first, ""), (second, "Connection: close\r\n"))))
        received = b""
        while piece := wire.receive():
            received += piece
    assert received.index(first["poll_id"].encode()) < received.index(second["poll_id"].encode())


def test_ten_thousand_idle_connections_do_not_stand_in_the_way(tmp_path):
    wanted = 10_000
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * wanted + 1000), hard))
    house = House(tmp_path / "house")
    idle = []
    try:
        house.start_api()
        house.start_worker()
        poll = house.poll()
        for _ in range(wanted):
            idle.append(socket.create_connection(("127.0.0.1", house.port), timeout=30))
        assert house.cast(poll, 0, house.token()).status == 202
        assert house.counted(poll, 1)["yes"] == 1
    finally:
        for connection in idle:
            connection.close()
        house.stop()


def test_a_refused_vote_leaves_no_mark(running):
    poll, token = running.poll(), running.token()
    for body in (b"{", b"{}", b'{"option_ids":["' + str(uuid.uuid4()).encode() + b'"]}'):
        assert running.post(f"/v1/polls/{poll['poll_id']}/votes", body, token=token).status in (400, 422)
    assert running.my_vote(poll, token)["status"] == "none"
    assert running.cast(poll, 0, token).status == 202
    assert eventually(lambda: running.my_vote(poll, token)["status"] == "confirmed", "confirmed")
