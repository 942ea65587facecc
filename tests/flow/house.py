"""One installation of the programs in a folder of its own: config, secret, daemons, and its judge."""
import contextlib
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time
import uuid

from engines import ENGINES

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from fault_rows.tokens import base64url, sign  # noqa: E402, F401

BIN = pathlib.Path(os.environ.get("VOTE_BUILD_DIR", ROOT / "build" / "dev")).resolve() / "bin"
WAIT_S_MAX = 30


# Of all that the tests draw; the same seed draws the same.
SEED = int(os.environ.get("VOTE_SEED") or random.randrange(2**32))


# The engine of houses that name none; set by pytest's --engine.
ENGINE = "embedded"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(check, what, within_s=WAIT_S_MAX):
    """Waits for what another process will do; returns check()'s first true value."""
    end = time.monotonic() + within_s
    while True:
        value = check()
        if value:
            return value
        assert time.monotonic() < end, f"not within {within_s} s: {what}"
        time.sleep(0.005)


class Answer:
    """A response, read to its end."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def code(self):
        """The stable word of a problem+json, or nothing."""
        problem = self.headers.get_content_type() == "application/problem+json"
        return self.json["code"] if problem else ""

    def __repr__(self):
        return f"{self.status} {self.text[:300]}"


class House:
    def __init__(self, folder, settings="", programs=BIN, engine=None):
        self.programs = programs
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.secret = b"0123456789abcdef0123456789abcdef-of-a-test"
        self.secret_file = self.folder / "secret"
        self.secret_file.touch(mode=0o600)
        self.secret_file.write_bytes(self.secret + b"\n")
        self.engine = (engine or ENGINES[ENGINE])(self.folder)
        self.config_file = self.folder / "vote.toml"
        self.config_file.write_text(self.config() + settings)
        self.processes = []

    def config(self):
        return (f'{self.engine.config()}[api]\nlisten = "127.0.0.1:{self.port}"\n'
                f'[auth]\nsecret_file = "{self.secret_file}"\n'
                "[limits]\nvotes_per_ip_per_minute = 0\npolls_per_user_per_hour = 0\n"
                "votes_per_user_per_5_minutes = 0\ndevices_per_user = 0\n")

    # Programs.

    def environment(self, **more):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("VOTE_")}
        return {**inherited, "HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder / "xdg"),
                "PATH": f"{self.programs}:{os.environ['PATH']}", "NO_COLOR": "1", **more}

    def run(self, program, *arguments, stdin="", **more):
        """To its end; program is one of ours, with this house's config."""
        return subprocess.run([self.programs / program, "-c", self.config_file, *map(str, arguments)], input=stdin,
                              capture_output=True, text=True, timeout=60, env=self.environment(**more))

    def votectl(self, *arguments, stdin="", **more):
        return self.run("votectl", *arguments, stdin=stdin, VOTE_URL=self.url, **more)

    def start(self, program, *arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **more):
        with open(self.folder / f"{program}.log", "ab") as log:
            process = subprocess.Popen([self.programs / program, "-c", self.config_file, *map(str, arguments)],
                                       stdin=stdin, stdout=stdout, stderr=log,
                                       env=self.environment(**more))
        self.processes.append(process)
        return process

    def start_api(self, **more):
        process = self.start("vote-api", **more)
        eventually(lambda: process.poll() is not None or self.is_ready(), "vote-api ready")
        assert process.poll() is None, self.log("vote-api")
        return process

    def start_worker(self, *arguments, **more):
        return self.start("vote-worker", *arguments, **more)

    def is_ready(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get("/readyz").status == 200
        return False

    def log(self, program):
        path = self.folder / f"{program}.log"
        return path.read_text(errors="replace")[-20000:] if path.exists() else ""

    def stop(self):
        """Ends what was started, however it stands."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        self.engine.close()
        for log in sorted(self.folder.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text(errors='replace')[-4000:]}")

    # HTTP.

    def request(self, method, path, body=None, token=None, connection=None, **headers):
        """headers: with _ for -. A body that is no bytes is sent as JSON."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            fields["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            fields.setdefault("Content-Type", "application/json")
        line = connection or self.connect()
        try:
            line.request(method, path, body, fields)
            return Answer(line.getresponse())
        finally:
            if connection is None:
                line.close()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S_MAX)

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def token(self, user=None, role="voter", **claims):
        now = int(time.time())
        return sign(self.secret, {"alg": "HS256", "typ": "JWT"},
                    {"sub": str(user or uuid.uuid4()), "role": role, "verified": True, "iat": now,
                     "exp": now + 3600, **claims})

    def poll(self, options=("yes", "no", "maybe"), token=None, **fields):
        """Creates an active poll; returns it."""
        answer = self.post("/v1/polls", {"title": "A poll of a test", "options": list(options),
                                         "status": "active", "end_time": in_seconds(3600), **fields},
                           token=token or self.token())
        assert answer.status == 201, answer
        return answer.json

    def cast(self, poll, option, token, key=None, wait=None, connection=None):
        """option: an index of the poll's options. wait: seconds, as Prefer says."""
        headers = {"Idempotency_Key": str(key)} if key else {}
        if wait is not None:
            headers["Prefer"] = f"wait={wait}"
        return self.post(f"/v1/polls/{poll['poll_id']}/votes", {"option_ids": [option_id(poll, option)]},
                         token=token, connection=connection, **headers)

    def my_vote(self, poll, token):
        return self.get(f"/v1/polls/{poll['poll_id']}/votes/me", token=token).json

    def results(self, poll, **more):
        return self.get(f"/v1/polls/{poll['poll_id']}/results", **more)

    def counted(self, poll, total, within_s=WAIT_S_MAX):
        """Waits until the results hold so many ballots; returns them as {text: votes}."""
        def check():
            found = self.results(poll).json
            return found if found["total_votes"] == total else None
        found = eventually(check, f"{total} votes counted", within_s)
        return {option["text"]: option["votes"] for option in found["options"]}

    # Looks at the engine behind the programs' backs.

    def sql(self, statement, *parameters, **more):
        return self.engine.sql(statement, *parameters, **more)

    def sql_change(self, statement, *parameters):
        self.engine.sql_change(statement, *parameters)

    def put_in_queue(self, *values):
        """As another producer would."""
        self.engine.put_in_queue(*values)

    def dead_letter_headers(self):
        return self.engine.dead_letter_headers()

    @property
    def store_file(self):
        return self.engine.store_file

    @property
    def queue_file(self):
        return self.engine.queue_file

    def drained(self):
        """Whether the store has processed all that the queue acknowledged."""
        return self.engine.drained()

    def await_drained(self):
        eventually(self.drained, "the queue is drained")


def option_id(poll, index):
    return poll["options"][index]["option_id"]


def in_seconds(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
