-- The store of the embedded engine. Ids are UUIDs as 16 bytes (look at them with hex()); times are
-- microseconds since 1970, UTC; a choice is a JSON array of option positions, '[1]' or '[2,5]', and
-- '[]' is a ballot that was revoked.

CREATE TABLE store_meta (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  incarnation INTEGER NOT NULL,  -- the high part of every counts' version
  revision    INTEGER NOT NULL   -- of all polls: grows with each change to any of them
) STRICT;
INSERT INTO store_meta VALUES (1, 1, 0);

CREATE TABLE users (
  user_id       BLOB    PRIMARY KEY,
  email         TEXT    NOT NULL COLLATE NOCASE UNIQUE,
  username      TEXT    NOT NULL COLLATE NOCASE UNIQUE,
  password_hash TEXT    NOT NULL,  -- Argon2id, with its parameters and salt
  role          TEXT    NOT NULL CHECK (role IN ('voter', 'auditor', 'admin')),
  is_verified   INTEGER NOT NULL CHECK (is_verified IN (0, 1)),
  created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE polls (
  poll_id                    BLOB    PRIMARY KEY,
  creator_id                 BLOB    NOT NULL,
  title                      TEXT    NOT NULL,
  description                TEXT    NOT NULL,
  start_time                 INTEGER NOT NULL,
  end_time                   INTEGER NOT NULL CHECK (end_time > start_time),
  published                  INTEGER NOT NULL CHECK (published IN (0, 1)),  -- 0: a draft
  close_requested_at         INTEGER,  -- closed by hand
  cutoff                     INTEGER,  -- of a poll closed by hand: when every API knew
  final_at                   INTEGER,
  allow_anonymous            INTEGER NOT NULL,
  show_results_during_voting INTEGER NOT NULL,
  allow_multiple_options     INTEGER NOT NULL,
  max_votes_per_user         INTEGER NOT NULL CHECK (max_votes_per_user >= 1),
  allow_vote_change          INTEGER NOT NULL,
  created_at                 INTEGER NOT NULL,
  updated_at                 INTEGER NOT NULL,
  revision                   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX polls_by_revision ON polls (revision);
CREATE INDEX polls_by_creator ON polls (creator_id, poll_id);
CREATE INDEX polls_closing ON polls (poll_id) WHERE close_requested_at IS NOT NULL AND cutoff IS NULL;

CREATE TABLE poll_options (
  poll_id     BLOB    NOT NULL,
  position    INTEGER NOT NULL,  -- 1 and up, in display order; fixed once the poll is published
  option_id   BLOB    NOT NULL,
  option_text TEXT    NOT NULL,
  PRIMARY KEY (poll_id, position)
) STRICT, WITHOUT ROWID;

-- Counters, apart from what is read with every vote. They are always exactly the rows of votes: both
-- change in the same transaction.
CREATE TABLE option_counts (
  poll_id    BLOB    NOT NULL,
  position   INTEGER NOT NULL,
  vote_count INTEGER NOT NULL CHECK (vote_count >= 0),
  PRIMARY KEY (poll_id, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE poll_totals (
  poll_id     BLOB    PRIMARY KEY,
  total_votes INTEGER NOT NULL CHECK (total_votes >= 0),  -- ballots that are not empty
  version     INTEGER NOT NULL                            -- transactions that touched the poll
) STRICT, WITHOUT ROWID;

-- One ballot a voter in a poll, whatever fails: the primary key is THE constraint.
CREATE TABLE votes (
  poll_id      BLOB    NOT NULL,
  user_id      BLOB    NOT NULL,
  request_id   BLOB    NOT NULL,  -- of the cast, for ever: a retried cast gets its first answer
  choices      TEXT    NOT NULL,  -- as it stands
  cast_choices TEXT,              -- as cast, once it has been changed
  cast_at      INTEGER NOT NULL,  -- by the queue's clock
  revision     INTEGER NOT NULL,  -- 0 as cast
  PRIMARY KEY (poll_id, user_id)
) STRICT, WITHOUT ROWID;

-- Append-only: every vote that was cast, changed or revoked, and every acknowledged request that gave
-- way to another of the same voter (superseded).
CREATE TABLE vote_audit_log (
  log_id      INTEGER PRIMARY KEY,
  poll_id     BLOB    NOT NULL,
  user_id     BLOB    NOT NULL,
  -- Not IN (…): SQLite would build a table of the words for every row.
  action      TEXT    NOT NULL CHECK (action = 'cast' OR action = 'changed' OR action = 'revoked'
                                      OR action = 'superseded'),
  old_choices TEXT,
  new_choices TEXT,
  request_id  BLOB    NOT NULL,
  at          INTEGER NOT NULL,
  ip_address  TEXT    NOT NULL,
  user_agent  TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_by_poll ON vote_audit_log (poll_id, log_id);
-- A change is applied once for its request, and a superseded request is noted once.
CREATE UNIQUE INDEX audit_once ON vote_audit_log (poll_id, user_id, request_id) WHERE action <> 'cast';

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON vote_audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON vote_audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- How far each partition of the queue has been processed; moved in the transaction of the votes.
CREATE TABLE queue_positions (
  topic          TEXT    NOT NULL,
  partition      INTEGER NOT NULL,
  next_offset    INTEGER NOT NULL,
  last_stamp     INTEGER,  -- of message next_offset - 1, to know the log again
  last_digest    INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;

-- The API processes that may acknowledge votes, and up to which change of polls each one knows.
CREATE TABLE api_leases (
  name             TEXT    PRIMARY KEY,
  holder           BLOB    NOT NULL,
  applied_revision INTEGER NOT NULL,
  renewed_at       INTEGER NOT NULL,
  expires_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
