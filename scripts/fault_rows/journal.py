"""Journals of those who send votes themselves, for the one judge: vote-loadgen --verify."""
import collections
import threading
import uuid


class Journal:
    """What was sent and how each try was answered. One entry a request: (poll, voter, key). Any thread."""

    def __init__(self):
        self.lock = threading.Lock()
        self.choices = {}
        self.answers = collections.defaultdict(list)
        self.results = []

    def sent(self, poll_id, voter, key, position):
        with self.lock:
            self.choices[(poll_id, voter, str(key))] = position

    def answered(self, poll_id, voter, key, status, code=""):
        """status 0: no answer at all."""
        with self.lock:
            self.answers[(poll_id, voter, str(key))].append((status, code))

    def server_errors(self):
        with self.lock:
            return sum(status >= 500 for answers in self.answers.values() for status, _ in answers)

    def shown(self, poll_id, results):
        """Of one poll in the order in which they came."""
        with self.lock:
            self.results.append((poll_id, results))

    def lines(self, polls, url):
        """As lib/load/journal.h has them, a `send` for each try; all answers come after them, for which came before
        another try was sent is not known. polls: of these alone, as the API shows them."""
        yield {"journal": "vote-loadgen", "v": 1, "run": str(uuid.uuid4()),
               "started_at": "2026-01-15T10:30:00.000000Z", "urls": [url], "seed": 0,
               "polls": [{"poll_id": poll["poll_id"],
                          "option_ids": [option["option_id"] for option in poll["options"]]} for poll in polls]}
        numbers = {poll["poll_id"]: number for number, poll in enumerate(polls)}
        sends, heard = 0, []
        for (poll_id, voter, key), position in self.choices.items():
            if poll_id not in numbers:
                continue
            for status, code in self.answers[(poll_id, voter, key)] or [(None, "")]:
                yield {"send": sends, "at": 0, "kind": "cast", "poll": numbers[poll_id], "voter": voter, "key": key,
                       "options": [position]}
                if status is not None:
                    heard.append({"answer": sends, "at": 0, "status": status, "code": code})
                sends += 1
        yield from heard
        for poll_id, results in self.results:
            yield {"read": numbers[poll_id], "at": 0, "connection": numbers[poll_id], "status": 200,
                   "version": results["version"], "total": results["total_votes"], "final": results["final"],
                   "votes": [option["votes"] for option in results["options"]]}
        yield {"end": True, "at": 0, "sends": sends, "answers": len(heard)}
