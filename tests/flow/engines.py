"""The engines a house can stand on, and how a test looks at their stores and queues behind the programs' backs.

`pytest --engine distributed` runs on the servers of the folder that SERVERS_DIR names (scripts/servers up DIR).
"""
import contextlib
import functools
import json
import os
import pathlib
import sqlite3
import time
import uuid

WAIT_S_MAX = 30


class Embedded:
    """SQLite and this process's memory: files in the house's folder."""
    name = "embedded"
    topic = "votes"
    partitions = 1

    def __init__(self, folder):
        self.store_file = folder / "vote.db"
        self.queue_file = folder / "queue.db"
        self.store_url = f"sqlite://{self.store_file}"
        self.queue_url = f"sqlite://{self.queue_file}"

    def config(self):
        return f'[store]\nurl = "{self.store_url}"\n[queue]\nurl = "{self.queue_url}"\n'

    def close(self):
        pass

    @staticmethod
    def id(text):
        """An id as the store's tables hold it."""
        return uuid.UUID(str(text)).bytes

    @staticmethod
    def choice(position):
        """A choice of one option as an SQL literal."""
        return f"'[{position}]'"

    @staticmethod
    def hex(column):
        """An id as 32 hex digits."""
        return f"lower(hex({column}))"

    def fill_audit_log(self, poll_id, count):
        """So many entries more: the log is only ever appended to."""
        self.sql_change("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                        "INSERT INTO vote_audit_log SELECT NULL, ?, randomblob(16), 'cast', NULL, '[1]', "
                        "randomblob(16), 1700000000000000 + i, '192.0.2.1', 'test' FROM n", count, self.id(poll_id))

    def fill_ballots(self, poll_id, count):
        self.sql_change("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                        "INSERT INTO votes SELECT ?, randomblob(16), randomblob(16), '[1]', NULL, "
                        "1700000000000000 + i, 0 FROM n", count, self.id(poll_id))

    def is_intact(self):
        """Whether the files are what an engine can read to their ends."""
        return all(self.sql("PRAGMA integrity_check", file=file) == [("ok",)]
                   for file in (self.store_file, self.queue_file))

    def sql(self, statement, *parameters, file=None):
        with contextlib.closing(sqlite3.connect(file or self.store_file, timeout=WAIT_S_MAX)) as base:
            return base.execute(statement, parameters).fetchall()

    def sql_change(self, statement, *parameters):
        with contextlib.closing(sqlite3.connect(self.store_file, timeout=WAIT_S_MAX)) as base, base:
            base.execute("PRAGMA wal_autocheckpoint = 0")  # checkpoints are the programs' own
            base.execute(statement, parameters)

    def put_in_queue(self, *values):
        """As another producer would, straight into the queue's file."""
        with contextlib.closing(sqlite3.connect(self.queue_file, timeout=WAIT_S_MAX)) as base, base:
            for value in values:
                base.execute('INSERT INTO messages SELECT coalesce(max("offset") + 1, 0), ?, ?, ?, NULL'
                             " FROM messages", (int(time.time() * 1e6), uuid.uuid4().bytes, value))

    def drained(self):
        end = self.sql('SELECT coalesce(max("offset") + 1, 0) FROM messages', file=self.queue_file)[0][0]
        done = self.sql("SELECT coalesce(max(next_offset), 0) FROM queue_positions")[0][0]
        return done >= end

    def dead_letter_headers(self):
        return [json.loads(text) for (text,) in self.sql("SELECT headers FROM dead_letters", file=self.queue_file)]


class Distributed:
    """PostgreSQL, Kafka and Redis: servers that all houses share, with a schema, topics, a group and keys of its own."""
    name = "distributed"
    partitions = 3

    def __init__(self, _folder, servers=None):
        self.folder = pathlib.Path(servers or self.servers_folder())
        self.servers = json.loads((self.folder / "servers.json").read_text())
        self.schema = f"flow_{uuid.uuid4().hex}"
        self.topic = f"votes-{self.schema}"
        owner = self.servers["passwords"]["vote_owner"]
        self.base_url = f"postgresql://vote_owner:{owner}@127.0.0.1:{self.port('postgres')}/vote"
        self.store_url = f"{self.base_url}?options=-csearch_path%3D{self.schema}"
        self.brokers = ",".join(f"127.0.0.1:{server['port']}" for name, server in self.servers["servers"].items()
                                if name.startswith("kafka"))
        self.queue_url = f"kafka://{self.brokers}"
        self.cache_url = (f"redis://:{self.servers['passwords']['redis']}@127.0.0.1:{self.port('redis')}"
                          f"?prefix={self.schema}:")
        self.sql_change(f"CREATE SCHEMA {self.schema}")
        self.make_topics()

    @staticmethod
    def servers_folder():
        folder = os.environ.get("SERVERS_DIR")
        assert folder, "SERVERS_DIR is not set: run scripts/servers up DIR, and name it"
        return folder

    def port(self, name):
        return self.servers["servers"][name]["port"]

    def config(self):
        return (f'[store]\nurl = "{self.store_url}"\n[queue]\nurl = "{self.queue_url}"\ntopic = "{self.topic}"\n'
                f'dead_letter_topic = "{self.topic}-dlq"\npartitions = {self.partitions}\n'
                f'[queue.kafka]\n"group.id" = "{self.topic}"\n[cache]\nurl = "{self.cache_url}"\n')

    def close(self):
        self.sql_change(f"DROP SCHEMA {self.schema} CASCADE")
        self.delete_topics()

    @staticmethod
    def id(text):
        return str(text)

    @staticmethod
    def choice(position):
        return f"'\\x{position:02x}'"

    @staticmethod
    def hex(column):
        return f"replace({column}::text, '-', '')"

    @staticmethod
    def is_intact():
        return True  # its servers look after their own files

    @contextlib.contextmanager
    def base(self):
        import psycopg2
        with contextlib.closing(psycopg2.connect(self.base_url, options=f"-csearch_path={self.schema}")) as base, base:
            with base.cursor() as cursor:
                yield cursor

    def sql(self, statement, *parameters):
        with self.base() as cursor:
            cursor.execute(statement.replace("?", "%s"), parameters)
            return cursor.fetchall()

    def sql_change(self, statement, *parameters):
        with self.base() as cursor:
            cursor.execute(statement.replace("?", "%s"), parameters)

    def as_superuser(self, statement, server="postgres", base="postgres"):
        import psycopg2
        password = self.servers["passwords"]["postgres"]
        url = f"postgresql://postgres:{password}@127.0.0.1:{self.port(server)}/{base}"
        with contextlib.closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True  # what makes or drops a database wants no transaction
            connection.cursor().execute(statement)

    def fill_audit_log(self, poll_id, count):
        self.sql_change("INSERT INTO user_agents (user_agent) VALUES ('test') ON CONFLICT DO NOTHING")
        self.sql_change("INSERT INTO vote_audit_log SELECT now(), poll_no, entries + i, agent_no, gen_random_uuid(), "
                        "gen_random_uuid(), 'c', '', '\\x01', '192.0.2.1' FROM generate_series(1, ?) AS i, user_agents, "
                        "poll_numbers JOIN poll_totals USING (poll_no) WHERE user_agent = 'test' AND poll_id = ?",
                        count, poll_id)
        self.sql_change("UPDATE poll_totals SET entries = entries + ? WHERE poll_no = "
                        "(SELECT poll_no FROM poll_numbers WHERE poll_id = ?)", count, poll_id)

    def fill_ballots(self, poll_id, count):
        self.sql_change("INSERT INTO votes SELECT now(), poll_no, gen_random_uuid(), gen_random_uuid(), '\\x01' "
                        "FROM generate_series(1, ?), poll_numbers WHERE poll_id = ?", count, poll_id)

    # Kafka, by a client that nobody here wrote.

    @functools.cached_property
    def admin(self):
        from confluent_kafka.admin import AdminClient
        return AdminClient({"bootstrap.servers": self.brokers})

    @functools.cached_property
    def consumer(self):
        from confluent_kafka import Consumer
        return Consumer({"bootstrap.servers": self.brokers, "group.id": "flow tests"})

    def make_topics(self, partitions=None, settings=None):
        """As `votectl queue create` makes them, without a process of its own for each house."""
        from confluent_kafka.admin import NewTopic
        usual = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": str(2 * 1024 * 1024),
                 "retention.ms": "-1"}
        made = self.admin.create_topics([NewTopic(self.topic, partitions or self.partitions, 1,
                                                  config=settings or usual),
                                         NewTopic(f"{self.topic}-dlq", 1, 1, config=usual)])
        for topic in made.values():
            topic.result()

    def delete_topics(self):
        """Those of them that are there."""
        from confluent_kafka import KafkaException
        for topic in self.admin.delete_topics([self.topic, f"{self.topic}-dlq"], operation_timeout=WAIT_S_MAX).values():
            with contextlib.suppress(KafkaException):
                topic.result()

    def put_in_queue(self, *values):
        """In this order."""
        from confluent_kafka import Producer
        producer = Producer({"bootstrap.servers": self.brokers, "message.max.bytes": 2 * 1024 * 1024})
        for value in values:
            producer.produce(self.topic, value, key=str(uuid.uuid4()), partition=0)
        assert producer.flush(WAIT_S_MAX) == 0, "the brokers do not answer"

    def end(self, topic, partition=0):
        """Where the next message of this partition goes."""
        from confluent_kafka import TopicPartition
        return self.consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=WAIT_S_MAX)[1]

    def drained(self):
        done = dict(self.sql("SELECT partition, next_offset FROM queue_positions WHERE topic = ?", self.topic))
        return all(done.get(partition, 0) >= self.end(self.topic, partition) for partition in range(self.partitions))

    def dead_letter_headers(self):
        """In order; removals, which have no value, are no letters."""
        from confluent_kafka import TopicPartition
        topic = f"{self.topic}-dlq"
        end = self.end(topic)
        self.consumer.assign([TopicPartition(topic, 0, 0)])
        letters = []
        offset = 0
        while offset < end:
            letter = self.consumer.poll(WAIT_S_MAX)
            assert letter is not None and not letter.error(), letter and letter.error()
            offset = letter.offset() + 1
            if letter.value() is not None:
                letters.append({name: value.decode() for name, value in letter.headers()})
        return letters


ENGINES = {engine.name: engine for engine in (Embedded, Distributed)}
