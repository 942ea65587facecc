-- Counts, positions, the end of polls, and rows as the programs read them.

-- Absolute counts of polls: votes as [position, votes], in order.
CREATE FUNCTION counts_of(poll_nos int[])
  RETURNS TABLE (poll_no int, version bigint, total_votes bigint, votes json)
  LANGUAGE sql STABLE AS $$
  SELECT asked, greatest(total.version, version_base()), coalesce(total.total_votes, 0),
         (SELECT coalesce(json_agg(json_build_array(position, vote_count) ORDER BY position), '[]')
            FROM option_counts AS counter WHERE counter.poll_no = asked)
    FROM (SELECT DISTINCT asked FROM unnest(poll_nos) AS asked) AS polls
    LEFT JOIN poll_totals AS total ON total.poll_no = asked
$$;

-- Whether all these positions stand where a batch began; they stay locked until it ends. One that was
-- never moved stands at 0.
CREATE FUNCTION positions_stand(topics text[], partitions int[], from_offsets bigint[])
  RETURNS boolean LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  stands boolean;
BEGIN
  INSERT INTO queue_positions (topic, partition, next_offset, last_digest)
  SELECT topic, partition, 0, 0 FROM unnest(topics, partitions) AS asked (topic, partition)
   WHERE NOT EXISTS (SELECT 1 FROM queue_positions AS known
                      WHERE known.topic = asked.topic AND known.partition = asked.partition)
   ORDER BY topic, partition
      ON CONFLICT DO NOTHING;
  PERFORM 1 FROM queue_positions
    JOIN unnest(topics, partitions) AS asked (topic, partition) USING (topic, partition)
   ORDER BY topic, partition FOR UPDATE OF queue_positions;
  SELECT bool_and(next_offset = from_offset) INTO stands
    FROM queue_positions
    JOIN unnest(topics, partitions, from_offsets) AS asked (topic, partition, from_offset)
         USING (topic, partition);
  RETURN stands;
END $$;
CREATE FUNCTION move_positions(topics text[], partitions int[], next_offsets bigint[],
                               last_stamps bigint[], last_digests bigint[])
  RETURNS void LANGUAGE sql AS $$
  UPDATE queue_positions AS position
     SET next_offset = move.next_offset, last_stamp = at_us(move.last_stamp), last_digest = move.last_digest
    FROM unnest(topics, partitions, next_offsets, last_stamps, last_digests)
         AS move (topic, partition, next_offset, last_stamp, last_digest)
   WHERE position.topic = move.topic AND position.partition = move.partition
     AND position.next_offset <> move.next_offset
$$;

-- What positions pass besides votes, of polls that are there and may still change.
CREATE FUNCTION note_closings(poll_ids uuid[], topics text[], partitions int[], stamps bigint[])
  RETURNS void LANGUAGE sql AS $$
  INSERT INTO poll_closings (poll_id, topic, partition, read_stamp)
  SELECT poll_id, topic, partition, max(at_us(stamp))
    FROM unnest(poll_ids, topics, partitions, stamps) AS closing (poll_id, topic, partition, stamp)
    JOIN polls USING (poll_id)
   WHERE final_at IS NULL
   GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
      ON CONFLICT (poll_id, topic, partition)
      DO UPDATE SET read_stamp = greatest(poll_closings.read_stamp, excluded.read_stamp)
$$;
-- A draft may be given another end before it is published. Call it with the polls' locks held.
CREATE FUNCTION note_undecided(poll_ids uuid[], digests bigint[], voters uuid[], requests uuid[],
                               first_stamps bigint[], states text[], reasons text[])
  RETURNS void LANGUAGE sql AS $$
  INSERT INTO undecided_votes AS known
  SELECT DISTINCT ON (poll.poll_id, digest) poll.poll_id, digest, voter, request,
         at_us(min(first_stamp) OVER (PARTITION BY poll.poll_id, digest)), state, reason
    FROM unnest(poll_ids, digests, voters, requests, first_stamps, states, reasons) WITH ORDINALITY
         AS vote (poll_id, digest, voter, request, first_stamp, state, reason, place)
    JOIN polls AS poll ON poll.poll_id = vote.poll_id
   WHERE final_at IS NULL AND (NOT published OR at_us(first_stamp) <= in_time_until(poll))
   ORDER BY poll.poll_id, digest, place DESC
      ON CONFLICT (poll_id, digest)
      DO UPDATE SET first_stamp = least(known.first_stamp, excluded.first_stamp),
                    state = excluded.state, reason = excluded.reason
$$;

CREATE FUNCTION lock_polls_by_id(poll_ids uuid[]) RETURNS void LANGUAGE sql AS $$
  SELECT lock_polls(ARRAY(SELECT poll_no FROM polls WHERE poll_id = ANY (poll_ids)))
$$;
CREATE FUNCTION lock_poll_alone(id uuid) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(20260115, poll_no) FROM polls WHERE poll_id = id
$$;

-- Rows as the programs read them: times in microseconds since 1970, choices as hex digits.
CREATE VIEW ballot_rows AS
  SELECT poll_no, user_id, request_id, encode(choices, 'hex') AS choices, coalesce(revision, 0) AS revision,
         us_of(cast_at) AS cast_at, encode(coalesce(cast_choices, choices), 'hex') AS cast_choices
    FROM votes;
CREATE VIEW audit_rows AS
  SELECT poll_no, entry_no, user_id, action, encode(old_choices, 'hex') AS old_choices,
         encode(new_choices, 'hex') AS new_choices, request_id, us_of(at) AS at,
         host(ip_address) AS ip_address, user_agent
    FROM vote_audit_log JOIN user_agents USING (agent_no);
CREATE VIEW operator_rows AS
  SELECT action_id, us_of(at) AS at, actor, action, poll_id, user_id, request_id, ip_address, detail
    FROM operator_log;

CREATE VIEW topics AS SELECT topic FROM queue_topics UNION SELECT topic FROM queue_positions;
CREATE FUNCTION forget_topic(gone text) RETURNS void LANGUAGE sql AS $$
  DELETE FROM queue_topics WHERE topic = gone;
  DELETE FROM queue_positions WHERE topic = gone;
  DELETE FROM poll_closings WHERE topic = gone;
$$;

-- A cut-off that was never decided came later than the end.
CREATE FUNCTION make_final(id uuid, moment bigint, new_revision bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE polls
     SET final_at = at_us(moment), updated_at = at_us(moment), revision = new_revision,
         cutoff = CASE WHEN close_requested_at IS NULL THEN cutoff ELSE coalesce(cutoff, end_time) END
   WHERE poll_id = id;
  DELETE FROM undecided_votes WHERE poll_id = id;
$$;
CREATE FUNCTION note_closing_sent(poll uuid, topic text, partition int, sent_offset bigint, sent_stamp bigint)
  RETURNS void LANGUAGE sql AS $$
  INSERT INTO poll_closings VALUES (poll, topic, partition, sent_offset, at_us(sent_stamp), NULL)
      ON CONFLICT (poll_id, topic, partition)
      DO UPDATE SET sent_offset = excluded.sent_offset, sent_stamp = excluded.sent_stamp
$$;
CREATE FUNCTION put_lease(name text, holder uuid, applied bigint, renewed_at bigint, expires_at bigint,
                          queue_topic text)
  RETURNS void LANGUAGE sql AS $$
  INSERT INTO queue_topics SELECT queue_topic WHERE queue_topic <> '' ON CONFLICT DO NOTHING;
  INSERT INTO api_leases VALUES (name, holder, applied, at_us(renewed_at), at_us(expires_at))
      ON CONFLICT (name)
      DO UPDATE SET holder = excluded.holder, applied_revision = excluded.applied_revision,
                    renewed_at = excluded.renewed_at, expires_at = excluded.expires_at
$$;
-- Whether this request may still count though nobody has decided on it.
CREATE FUNCTION is_undecided(poll_asked uuid, voter uuid, request uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM holding_votes AS held JOIN polls AS poll ON poll.poll_id = held.poll_id
                  WHERE held.poll_id = poll_asked AND held.user_id = voter AND held.request_id = request
                    AND final_at IS NULL AND (NOT published OR first_stamp <= in_time_until(poll)))
$$;
-- What a recount wants to know besides: repairs so far, and counters of no option.
CREATE FUNCTION repairs_and_strays(number int, options int) RETURNS TABLE (repairs bigint, strays bigint)
  LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT repairs FROM poll_totals WHERE poll_no = number), 0),
         (SELECT count(*) FROM option_counts WHERE poll_no = number AND position NOT BETWEEN 1 AND options)
$$;
