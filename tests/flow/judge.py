"""Journals of tests that send votes themselves, for the one judge: vote-loadgen --verify."""
import collections
import json
import tempfile
import uuid

WAIT = "30s"


class Journal:
    """What was sent and how each try was answered. One entry a request: (poll, voter, key)."""

    def __init__(self):
        self.choices = {}
        self.answers = collections.defaultdict(list)

    def sent(self, poll_id, voter, key, position):
        self.choices[(poll_id, voter, str(key))] = position

    def answered(self, poll_id, voter, key, status, code=""):
        """status 0: no answer at all."""
        self.answers[(poll_id, voter, str(key))].append((status, code))

    def lines(self, poll, url):
        """Those of one poll, as lib/load/journal.h has them; a `send` for each try."""
        yield {"journal": "vote-loadgen", "v": 1, "run": str(uuid.uuid4()),
               "started_at": "2026-01-15T10:30:00.000000Z", "urls": [url], "seed": 0,
               "polls": [{"poll_id": poll["poll_id"],
                          "option_ids": [option["option_id"] for option in poll["options"]]}]}
        sends = answers = 0
        for (poll_id, voter, key), position in self.choices.items():
            if poll_id != poll["poll_id"]:
                continue
            for status, code in self.answers[(poll_id, voter, key)] or [(None, "")]:
                yield {"send": sends, "at": 0, "kind": "cast", "poll": 0, "voter": voter, "key": key,
                       "options": [position]}
                if status is not None:
                    yield {"answer": sends, "at": 0, "status": status, "code": code}
                    answers += 1
                sends += 1
        yield {"end": True, "at": 0, "sends": sends, "answers": answers}


def violations(house, journal, poll):
    """What breaks a promise in one poll; an empty list is an acquittal."""
    with tempfile.NamedTemporaryFile("w", dir=house.folder, suffix=".ndjson") as file:
        for line in journal.lines(poll, house.url):
            print(json.dumps(line), file=file)
        file.flush()
        done = house.run("vote-loadgen", "--json", "--wait", WAIT, "--verify", file.name)
    assert done.stdout, done
    judgement = json.loads(done.stdout)["judgement"]
    assert judgement["missing"] == [], judgement
    assert (done.returncode == 0) == (judgement["violations"] == []), done
    return [violation["what"] for violation in judgement["violations"]]
