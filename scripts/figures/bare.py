"""The batch function of the store alone: what the rates of the distributed engine are compared to."""
import random
import statistics
import time
import uuid

BATCH = 2000
ADDRESS = "127.0.0.1"
AGENT = "vote-loadgen"
CALL = "SELECT * FROM record_votes(%s::int[], %s::uuid[], %s::uuid[], %s::bytea[], %s::bigint[], %s::inet[], " \
       "%s::text[], %s::int[], true)"


class BareFunction:
    """record_votes() over one connection to the house's store, fed from memory: batches of BATCH votes, a transaction
    each, into a poll of its own each time."""

    def __init__(self, house):
        import psycopg2  # of those who measure this engine
        self.house = house
        self.base = psycopg2.connect(house.engine.store_url)
        self.base.autocommit = True
        self.rates = []

    def record(self, votes):
        """Votes a second."""
        poll, now = self.house.create_poll(), time.time_ns() // 1000
        with self.base.cursor() as cursor:
            number = self.number_of(poll)
            # As they go over the wire, so that the time is the server's.
            calls = [cursor.mogrify(CALL, batch_of(number, now + batch * 1000))
                     for batch in range(max(1, votes // BATCH))]
            began = time.monotonic()
            for call in calls:
                cursor.execute(call)
                if cursor.rowcount:
                    raise AssertionError(f"of votes that are new, {cursor.rowcount} were refused")
            seconds = time.monotonic() - began
        self.rates.append(len(calls) * BATCH / seconds)
        return self.rates[-1]

    def ask(self, question, *values):
        with self.base.cursor() as cursor:
            cursor.execute(question, values)
            return cursor.fetchone()[0]

    def number_of(self, poll):
        """By which the store's tables know it."""
        return self.ask("SELECT poll_no FROM poll_numbers WHERE poll_id = %s", poll)

    def counted(self, number):
        return self.ask("SELECT total_votes FROM poll_totals WHERE poll_no = %s", number)

    def close(self):
        self.base.close()

    def found(self):
        return {"per_second": statistics.median(self.rates), "each": self.rates}


def batch_of(number, now):
    """Votes as the worker hands them over: arrays as text, in the order of the voters."""
    def array(items):
        return "{" + ",".join(items) + "}"

    def ids():
        """Version 7, made just now, as the load generator's are: new ones come to an index's end."""
        return [str(uuid.UUID(int=(now // 1000 << 80) + random.getrandbits(80))) for _ in range(BATCH)]

    choices = [f'"\\\\x0{random.randint(1, 4)}"' for _ in range(BATCH)]
    return (array([str(number)] * BATCH), array(sorted(ids())), array(ids()), array(choices),
            array([str(now)] * BATCH), array([ADDRESS] * BATCH), array([AGENT]), array(["1"] * BATCH))
