-- The end of a poll: what has to be known before its results are final.

-- The newest closing message of each partition, as reconcile appended it and as a worker read it, in
-- the transaction of its batch: all that stands before it in the partition has been processed.
CREATE TABLE poll_closings (
  poll_id     BLOB    NOT NULL,
  topic       TEXT    NOT NULL,
  partition   INTEGER NOT NULL,
  sent_offset INTEGER,           -- null: not by anyone who said so here
  sent_stamp  INTEGER,
  read_stamp  INTEGER,           -- null: not read yet
  PRIMARY KEY (poll_id, topic, partition)
) STRICT, WITHOUT ROWID;

-- Messages that a position has passed and on which nobody has decided: they are on another round
-- through the queue, or dead letters. Written in the transaction that passes them.
CREATE TABLE undecided_votes (
  poll_id     BLOB    NOT NULL,
  digest      INTEGER NOT NULL,  -- of the message's value: the same on every round
  user_id     BLOB,              -- null: the message does not say
  request_id  BLOB,              -- likewise
  first_stamp INTEGER NOT NULL,  -- of its first copy, by which it is in time
  state       TEXT    NOT NULL CHECK (state = 'retry' OR state = 'dead_letter'),
  reason      TEXT    NOT NULL,
  PRIMARY KEY (poll_id, digest)
) STRICT, WITHOUT ROWID;

-- Those that can still change a count: where a ballot of the voter stands, another is no more.
CREATE VIEW holding_votes AS
  SELECT * FROM undecided_votes AS held
   WHERE NOT EXISTS (SELECT 1 FROM votes
                      WHERE votes.poll_id = held.poll_id AND votes.user_id = held.user_id);

-- Ballots of polls that are not there: no foreign key is checked per vote. Found by one step from
-- poll to poll along the key, however many votes there are.
CREATE VIEW dangling_votes AS
  WITH RECURSIVE voted(poll_id) AS (
    SELECT min(poll_id) FROM votes
    UNION ALL
    SELECT (SELECT min(poll_id) FROM votes WHERE votes.poll_id > voted.poll_id)
      FROM voted WHERE voted.poll_id IS NOT NULL)
  SELECT poll_id, (SELECT count(*) FROM votes WHERE votes.poll_id = voted.poll_id) AS ballots
    FROM voted
   WHERE poll_id IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM polls WHERE polls.poll_id = voted.poll_id);

-- How often the counters were repaired: a repair is made once, by whoever knows of all before it.
ALTER TABLE poll_totals ADD COLUMN repairs INTEGER NOT NULL DEFAULT 0;

CREATE INDEX polls_not_final ON polls (poll_id) WHERE published = 1 AND final_at IS NULL;
