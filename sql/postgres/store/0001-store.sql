-- The store of the distributed engine, for PostgreSQL 15 and later. A poll is known to the rows of
-- its votes by a number of four bytes, poll_no; a choice is the option positions (1 and up) as bytes
-- in ascending order, '\x01' or '\x0205', and '\x' is a ballot that was revoked. Tables with one row
-- a vote have their columns ordered by size and none that is null in most rows but the last: a vote
-- with its audit entry and their indexes takes about 240 bytes.

CREATE TABLE store_meta (
  one      boolean PRIMARY KEY DEFAULT true CHECK (one),
  revision bigint  NOT NULL  -- of all polls: grows with each change to any of them
);
INSERT INTO store_meta VALUES (true, 0);

-- The store's clock. Decisions on time are made by it, once the locks that they need are held.
CREATE FUNCTION vote_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';

CREATE FUNCTION at_us(microseconds bigint) RETURNS timestamptz
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN timestamptz '1970-01-01 00:00:00+00' + microseconds * interval '1 microsecond';
CREATE FUNCTION us_of(at timestamptz) RETURNS bigint
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (extract(epoch FROM at) * 1000000)::bigint;

CREATE TABLE users (
  user_id       uuid        PRIMARY KEY,
  email         text        NOT NULL,
  username      text        NOT NULL,
  password_hash text        NOT NULL,  -- Argon2id, with its parameters and salt
  role          text        NOT NULL CHECK (role IN ('voter', 'auditor', 'admin')),
  is_verified   boolean     NOT NULL,
  created_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_by_email ON users (lower(email));
CREATE UNIQUE INDEX users_by_username ON users (lower(username));

-- A number is given once and stays, also when the poll is gone.
CREATE TABLE poll_numbers (
  poll_no int  PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  poll_id uuid NOT NULL UNIQUE
);

CREATE TABLE polls (
  poll_id                    uuid        PRIMARY KEY,
  poll_no                    int         NOT NULL UNIQUE,
  creator_id                 uuid        NOT NULL,
  title                      text        NOT NULL,
  description                text        NOT NULL,
  start_time                 timestamptz NOT NULL,
  end_time                   timestamptz NOT NULL CHECK (end_time > start_time),
  published                  boolean     NOT NULL,  -- false: a draft
  close_requested_at         timestamptz,  -- closed by hand
  cutoff                     timestamptz,  -- of a poll closed by hand: when every API knew
  final_at                   timestamptz,
  allow_anonymous            boolean     NOT NULL,
  show_results_during_voting boolean     NOT NULL,
  allow_multiple_options     boolean     NOT NULL,
  max_votes_per_user         int         NOT NULL CHECK (max_votes_per_user >= 1),
  allow_vote_change          boolean     NOT NULL,
  created_at                 timestamptz NOT NULL,
  updated_at                 timestamptz NOT NULL,
  revision                   bigint      NOT NULL,
  -- How long after its cut-off a vote may reach the queue and still be in time.
  grace                      interval    NOT NULL CHECK (grace >= interval '0')
);
CREATE INDEX polls_by_revision ON polls (revision);
CREATE INDEX polls_by_creator ON polls (creator_id, poll_id);
CREATE INDEX polls_closing ON polls (poll_id) WHERE close_requested_at IS NOT NULL AND cutoff IS NULL;
CREATE INDEX polls_not_final ON polls (poll_id) WHERE published AND final_at IS NULL;

CREATE TABLE poll_options (
  poll_id     uuid     NOT NULL,
  position    smallint NOT NULL,  -- 1 and up, in display order; fixed once the poll is published
  option_id   uuid     NOT NULL,
  option_text text     NOT NULL,
  PRIMARY KEY (poll_id, position)
);

-- A poll as the programs read and write it: times in microseconds since 1970, options as [id, text].
CREATE VIEW poll_rows AS
  SELECT poll_id, poll_no, creator_id, title, description, us_of(start_time) AS start_time,
         us_of(end_time) AS end_time, published, us_of(close_requested_at) AS close_requested_at,
         us_of(cutoff) AS cutoff, us_of(final_at) AS final_at, allow_anonymous,
         show_results_during_voting, allow_multiple_options, max_votes_per_user, allow_vote_change,
         us_of(created_at) AS created_at, us_of(updated_at) AS updated_at, revision,
         (extract(epoch FROM grace) * 1000000)::bigint AS grace,
         (SELECT coalesce(json_agg(json_build_array(option_id, option_text) ORDER BY position), '[]')
            FROM poll_options WHERE poll_options.poll_id = polls.poll_id) AS options
    FROM polls;
CREATE FUNCTION number_poll(id uuid) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO poll_numbers (poll_id)
  SELECT id WHERE NOT EXISTS (SELECT 1 FROM poll_numbers WHERE poll_id = id) ON CONFLICT DO NOTHING;
  RETURN (SELECT poll_no FROM poll_numbers WHERE poll_id = id);
END $$;
CREATE FUNCTION put_poll(poll jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  id     uuid := (poll ->> 'poll_id')::uuid;
  number int := number_poll(id);
BEGIN
  DELETE FROM polls WHERE poll_id = id;
  INSERT INTO polls
  SELECT id, number, creator_id, title, description, at_us(start_time), at_us(end_time), published,
         at_us(close_requested_at), at_us(cutoff), at_us(final_at), allow_anonymous,
         show_results_during_voting, allow_multiple_options, max_votes_per_user, allow_vote_change,
         at_us(created_at), at_us(updated_at), revision, grace * interval '1 microsecond'
    FROM jsonb_to_record(poll) AS row (creator_id uuid, title text, description text, start_time bigint,
         end_time bigint, published boolean, close_requested_at bigint, cutoff bigint, final_at bigint,
         allow_anonymous boolean, show_results_during_voting boolean, allow_multiple_options boolean,
         max_votes_per_user int, allow_vote_change boolean, created_at bigint, updated_at bigint,
         revision bigint, grace bigint);
END $$;

-- Counters, apart from what is read with every vote. They are always exactly the rows of votes: both
-- change in the same transaction. Their pages are left half empty, so that an update stays on its page.
CREATE TABLE option_counts (
  poll_no    int      NOT NULL,
  position   smallint NOT NULL,
  vote_count bigint   NOT NULL CHECK (vote_count >= 0),
  PRIMARY KEY (poll_no, position)
) WITH (fillfactor = 50);
CREATE TABLE poll_totals (
  poll_no     int    PRIMARY KEY,
  total_votes bigint NOT NULL CHECK (total_votes >= 0),  -- ballots that are not empty
  version     bigint NOT NULL,            -- incarnation << 40 | transactions that touched the poll
  entries     int    NOT NULL DEFAULT 0,  -- of the poll's audit log: they are numbered without gaps
  repairs     bigint NOT NULL DEFAULT 0   -- a repair is made once, by whoever knows of all before it
) WITH (fillfactor = 50);

-- Gives a poll these options, [id, text] in their order, and counters of zero.
CREATE FUNCTION put_options(id uuid, options jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  number int := number_poll(id);
BEGIN
  DELETE FROM poll_options WHERE poll_id = id;
  DELETE FROM option_counts WHERE poll_no = number;
  INSERT INTO poll_options
  SELECT id, position, (option ->> 0)::uuid, option ->> 1
    FROM jsonb_array_elements(options) WITH ORDINALITY AS given (option, position);
  INSERT INTO option_counts SELECT number, position, 0 FROM generate_series(1, jsonb_array_length(options)) AS position;
  INSERT INTO poll_totals (poll_no, total_votes, version) VALUES (number, 0, 0) ON CONFLICT DO NOTHING;
END $$;

-- One ballot a voter in a poll, whatever fails: the primary key is THE constraint.
CREATE TABLE votes (
  cast_at      timestamptz NOT NULL,  -- by the queue's clock
  poll_no      int         NOT NULL,
  user_id      uuid        NOT NULL,
  request_id   uuid        NOT NULL,  -- of the cast, for ever: a retried cast gets its first answer
  choices      bytea       NOT NULL,  -- as it stands
  revision     int,                   -- null as cast, then 1 and up
  cast_choices bytea,                 -- as cast, once it has been changed
  PRIMARY KEY (poll_no, user_id)
);

CREATE TABLE user_agents (
  agent_no   int  PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  user_agent text NOT NULL UNIQUE
);

-- Append-only: every vote that was cast, changed or revoked, and every acknowledged request that gave
-- way to another of the same voter (superseded). An entry that is not there leaves a gap.
CREATE TABLE vote_audit_log (
  at          timestamptz NOT NULL,
  poll_no     int         NOT NULL,
  entry_no    int         NOT NULL,  -- in its poll, from 1
  agent_no    int         NOT NULL,
  user_id     uuid        NOT NULL,
  request_id  uuid        NOT NULL,
  action      "char"      NOT NULL CHECK (action IN ('c', 'm', 'r', 's')),  -- cast, changed (modified), …
  old_choices bytea       NOT NULL,  -- '\x': none, or of a ballot that was revoked
  new_choices bytea       NOT NULL,
  ip_address  inet,                  -- null: not known
  PRIMARY KEY (poll_no, entry_no)
);
-- A change is applied once for its request, and a superseded request is noted once.
CREATE UNIQUE INDEX audit_once ON vote_audit_log (poll_no, user_id, request_id) WHERE action <> 'c';

-- What auditors, admins and operators did that no vote's own entry tells: who read an audit log, who
-- exported, imported, requeued or dropped what. Append-only.
CREATE TABLE operator_log (
  action_id  bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  at         timestamptz NOT NULL,
  actor      text        NOT NULL CHECK (actor <> ''),  -- a user's id, or 'os:root' of a tool
  action     text        NOT NULL CHECK (action <> ''),
  poll_id    uuid,
  user_id    uuid,           -- whose vote it was about
  request_id uuid,           -- and which
  ip_address text        NOT NULL,  -- '' of a tool at the store
  detail     text        NOT NULL
);
CREATE INDEX operator_log_by_poll ON operator_log (poll_id, action_id) WHERE poll_id IS NOT NULL;
CREATE INDEX operator_log_dropped ON operator_log (poll_id, user_id, request_id) WHERE action = 'dropped';

CREATE FUNCTION refuse_change_of_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON vote_audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();
CREATE TRIGGER operator_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();

-- How far each partition of the queue has been processed; moved in the transaction of the votes.
CREATE TABLE queue_positions (
  topic       text   NOT NULL,
  partition   int    NOT NULL,
  next_offset bigint NOT NULL,
  last_stamp  timestamptz,  -- of message next_offset - 1, to know the log again
  last_digest bigint NOT NULL,
  PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- The topics of queues in which votes for this store may wait: of each API that has held a lease. No
-- poll becomes final while there may be votes where nobody looked.
CREATE TABLE queue_topics (
  topic text PRIMARY KEY
);

-- The API processes that may acknowledge votes, and up to which change of polls each one knows.
CREATE TABLE api_leases (
  name             text        PRIMARY KEY,
  holder           uuid        NOT NULL,
  applied_revision bigint      NOT NULL,
  renewed_at       timestamptz NOT NULL,
  expires_at       timestamptz NOT NULL
) WITH (fillfactor = 50);

-- The newest closing message of each partition, as reconcile appended it and as a worker read it, in
-- the transaction of its batch: all that stands before it in the partition has been processed.
CREATE TABLE poll_closings (
  poll_id     uuid NOT NULL,
  topic       text NOT NULL,
  partition   int  NOT NULL,
  sent_offset bigint,       -- null: not by anyone who said so here
  sent_stamp  timestamptz,
  read_stamp  timestamptz,  -- null: not read yet
  PRIMARY KEY (poll_id, topic, partition)
);

-- Messages that a position has passed and on which nobody has decided: they are on another round
-- through the queue, or dead letters. Written in the transaction that passes them.
CREATE TABLE undecided_votes (
  poll_id     uuid        NOT NULL,
  digest      bigint      NOT NULL,  -- of the message's value: the same on every round
  user_id     uuid,                  -- null: the message does not say
  request_id  uuid,                  -- likewise
  first_stamp timestamptz NOT NULL,  -- of its first copy, by which it is in time
  state       text        NOT NULL CHECK (state IN ('retry', 'dead_letter')),
  reason      text        NOT NULL,
  PRIMARY KEY (poll_id, digest)
);

-- Those that can still change a count: where a ballot of the voter stands, another is no more.
CREATE VIEW holding_votes AS
  SELECT * FROM undecided_votes AS held
   WHERE NOT EXISTS (SELECT 1 FROM votes JOIN poll_numbers USING (poll_no)
                      WHERE poll_numbers.poll_id = held.poll_id AND votes.user_id = held.user_id);

-- Ballots of polls that are not there: no foreign key is checked per vote.
CREATE VIEW dangling_votes AS
  SELECT poll_id, (SELECT count(*) FROM votes WHERE votes.poll_no = numbers.poll_no) AS ballots
    FROM poll_numbers AS numbers
   WHERE NOT EXISTS (SELECT 1 FROM polls WHERE polls.poll_no = numbers.poll_no)
     AND EXISTS (SELECT 1 FROM votes WHERE votes.poll_no = numbers.poll_no);

-- For people: votes and audit log with names instead of numbers and bytes.
CREATE FUNCTION positions_of(choices bytea) RETURNS int[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN ARRAY(SELECT get_byte(choices, i) FROM generate_series(0, length(choices) - 1) AS i);
CREATE VIEW ballots AS
  SELECT poll_id, user_id, request_id, positions_of(choices) AS choices, cast_at,
         coalesce(revision, 0) AS revision
    FROM votes JOIN poll_numbers USING (poll_no);
CREATE VIEW audit_entries AS
  SELECT poll_id, entry_no, at, user_id, request_id,
         CASE action WHEN 'c' THEN 'cast' WHEN 'm' THEN 'changed' WHEN 'r' THEN 'revoked'
                     ELSE 'superseded' END AS action,
         positions_of(old_choices) AS old_choices, positions_of(new_choices) AS new_choices,
         ip_address, user_agent
    FROM vote_audit_log JOIN poll_numbers USING (poll_no) JOIN user_agents USING (agent_no);
