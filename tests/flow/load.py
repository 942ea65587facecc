"""Voters who vote until they are told to stop, for tests that break things meanwhile."""
import http.client
import random
import threading
import uuid

from house import eventually
from judge import Journal

VOTERS_AT_ONCE = 8


class Load:
    """Each sends again until there is a certain answer; some give up."""

    def __init__(self, house, poll, seed):
        self.house = house
        self.poll = poll
        self.journal = Journal()
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.acknowledged = 0
        self.threads = [threading.Thread(target=self.run, args=(random.Random(f"{seed} {number}"),))
                        for number in range(VOTERS_AT_ONCE)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def await_more(self, count=5):
        before = self.acknowledged
        eventually(lambda: self.acknowledged > before + count, "votes are accepted")

    def run(self, chance):
        line = self.house.connect()
        while not self.over.is_set():
            voter, key = str(uuid.uuid4()), str(uuid.uuid4())
            token, choice = self.house.token(voter), chance.randrange(len(self.poll["options"]))
            with self.lock:
                self.journal.sent(self.poll["poll_id"], voter, key, choice + 1)
            tries = 1 if chance.random() < 0.2 else 1000  # some give up without an answer
            for _ in range(tries):
                status, code = self.one_try(line, choice, token, key)
                with self.lock:
                    self.journal.answered(self.poll["poll_id"], voter, key, status, code)
                    self.acknowledged += status in (201, 202)
                if status and status < 500:
                    break
                self.over.wait(0.02)

    def one_try(self, line, choice, token, key):
        try:
            answer = self.house.cast(self.poll, choice, token, key, connection=line)
            return answer.status, answer.code
        except (OSError, http.client.HTTPException):
            line.close()
            return 0, ""
