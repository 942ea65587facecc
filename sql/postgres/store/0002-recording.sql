-- Recording and changing votes: each a call for many votes, set by set. All who write votes of a poll
-- go by one order, so that none waits for another in a circle: the poll's lock (shared; whoever makes
-- it final holds it alone), agents by name, ballots by poll and voter, totals by poll; the counters of
-- a poll and the numbers of its audit entries belong to whoever holds its total.

CREATE FUNCTION lock_polls(poll_nos int[]) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock_shared(20260115, poll_no)
    FROM (SELECT DISTINCT poll_no FROM unnest(poll_nos) AS poll_no
           WHERE poll_no IS NOT NULL ORDER BY poll_no) AS touched
$$;

-- The store's incarnation: a server that was promoted, or restored to an earlier moment, is on another
-- timeline, and what it counts is newer than all that anybody has seen of the one before.
CREATE FUNCTION version_base() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())
               ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int
          END)::bigint << 40
$$;

-- Totals of polls that have lost theirs, locked with all others asked for. Each version has left an
-- entry in the audit log at least, or is a repair, of which no poll has had a million.
CREATE FUNCTION lock_totals(poll_nos int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO poll_totals (poll_no, total_votes, version, entries)
  SELECT lost, 0, version_base() + entries + 1000000, entries
    FROM (SELECT lost, coalesce((SELECT max(entry_no) FROM vote_audit_log WHERE poll_no = lost), 0) AS entries
            FROM (SELECT DISTINCT lost FROM unnest(poll_nos) AS lost
                   WHERE NOT EXISTS (SELECT 1 FROM poll_totals WHERE poll_no = lost)) AS losers) AS gone
   ORDER BY lost
      ON CONFLICT DO NOTHING;
  PERFORM 1 FROM poll_totals WHERE poll_no = ANY (poll_nos) ORDER BY poll_no FOR UPDATE;
END $$;

-- The numbers of these agents, in their order.
CREATE FUNCTION number_agents(names text[]) RETURNS int[] LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO user_agents (user_agent)
  SELECT DISTINCT name FROM unnest(names) AS name
   WHERE NOT EXISTS (SELECT 1 FROM user_agents WHERE user_agent = name)
   ORDER BY name
      ON CONFLICT DO NOTHING;
  RETURN ARRAY(SELECT agent_no FROM unnest(names) WITH ORDINALITY AS asked (name, place)
                 JOIN user_agents ON user_agent = asked.name ORDER BY place);
END $$;

-- When votes of a poll are in time: as Poll::decided_end and in_time_until.
CREATE FUNCTION in_time_until(poll polls) RETURNS timestamptz
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN least(poll.cutoff, poll.end_time) + poll.grace;

-- Adds signed counts to counters whose totals are locked: a row for each poll, and choices as often as
-- they were made (negative: given up).
CREATE FUNCTION add_counts(poll_nos int[], ballots bytea[], times bigint[], new_entries int[])
  RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE option_counts AS counter SET vote_count = vote_count + change.votes
    FROM (SELECT made.poll_no, get_byte(made.ballot, at) AS position, sum(made.times) AS votes
            FROM unnest(poll_nos, ballots, times) AS made (poll_no, ballot, times),
                 generate_series(0, length(made.ballot) - 1) AS at
           GROUP BY 1, 2) AS change
   WHERE counter.poll_no = change.poll_no AND counter.position = change.position AND change.votes <> 0;
  UPDATE poll_totals AS total
     SET total_votes = total.total_votes + change.ballots, entries = total.entries + change.entries,
         version = greatest(version, version_base()) + 1
    FROM (SELECT made.poll_no, coalesce(sum(made.times) FILTER (WHERE length(made.ballot) > 0), 0) AS ballots,
                 sum(made.entries) AS entries
            FROM unnest(poll_nos, ballots, times, new_entries) AS made (poll_no, ballot, times, entries)
           GROUP BY 1) AS change
   WHERE total.poll_no = change.poll_no;
END $$;

-- Records votes of different (poll, voter). A poll_no that is null is no poll's; a ballot that is null
-- is none of the poll's. A stamp is the queue's; null is now. Answers with a row for each vote that was
-- not recorded: its place from 1, why (standing, or the name of a refusal), and the ballot that stands.
-- `note_superseded`: those in time that give way to another are noted in the audit log, once.
CREATE FUNCTION record_votes(poll_nos int[], voters uuid[], requests uuid[], ballots bytea[],
                             stamps bigint[], addresses inet[], agent_names text[], agents int[],
                             note_superseded boolean)
  RETURNS TABLE (place int, reason text, standing_request uuid, standing_cast bytea)
  LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  moment     timestamptz;
  agent_nos  int[];
  new_places int[];
BEGIN
  PERFORM lock_polls(poll_nos);
  moment := vote_now();
  agent_nos := number_agents(agent_names);
  WITH input AS MATERIALIZED (
    SELECT * FROM unnest(poll_nos, voters, requests, ballots, stamps) WITH ORDINALITY
           AS vote (poll_no, user_id, request_id, ballot, stamp, place)
  ), voted AS (
    INSERT INTO votes (cast_at, poll_no, user_id, request_id, choices)
    SELECT coalesce(at_us(stamp), moment), poll_no, user_id, request_id, ballot
      FROM input JOIN polls AS poll USING (poll_no)
     WHERE ballot IS NOT NULL AND published AND final_at IS NULL
       AND coalesce(at_us(stamp), moment) <= in_time_until(poll)
       AND (stamp IS NOT NULL OR start_time <= moment)
     ORDER BY poll_no, user_id
        ON CONFLICT DO NOTHING
    RETURNING poll_no, user_id
  )
  SELECT array_agg(place) INTO new_places FROM voted JOIN input USING (poll_no, user_id);
  IF new_places IS NOT NULL THEN
    PERFORM append_casts(poll_nos, voters, requests, ballots, stamps, addresses, agent_nos, agents,
                         new_places, moment);
  END IF;
  IF coalesce(cardinality(new_places), 0) = cardinality(voters) THEN RETURN; END IF;
  RETURN QUERY
    SELECT vote.place::int,
           CASE WHEN poll.poll_no IS NULL THEN 'unknown_poll'
                WHEN vote.ballot IS NULL THEN 'unknown_option'
                WHEN stands.request_id IS NOT NULL THEN 'standing'
                WHEN NOT published THEN 'not_active'
                WHEN final_at IS NOT NULL THEN 'final'
                WHEN vote.stamp IS NULL AND moment < start_time THEN 'not_active'
                ELSE 'too_late' END,
           stands.request_id, coalesce(stands.cast_choices, stands.choices)
      FROM unnest(poll_nos, voters, ballots, stamps) WITH ORDINALITY
           AS vote (poll_no, user_id, ballot, stamp, place)
      LEFT JOIN polls AS poll ON poll.poll_no = vote.poll_no
      LEFT JOIN votes AS stands ON stands.poll_no = vote.poll_no AND stands.user_id = vote.user_id
     WHERE NOT EXISTS (SELECT 1 FROM unnest(new_places) AS new (place) WHERE new.place = vote.place)
     ORDER BY vote.place;
  IF note_superseded THEN
    PERFORM append_superseded(poll_nos, voters, requests, ballots, stamps, addresses, agent_nos, agents,
                              coalesce(new_places, '{}'), moment);
  END IF;
END $$;

-- Audit entries and counts of the votes at `places`.
CREATE FUNCTION append_casts(poll_nos int[], voters uuid[], requests uuid[], ballots bytea[],
                             stamps bigint[], addresses inet[], agent_nos int[], agents int[],
                             places int[], moment timestamptz)
  RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM lock_totals(ARRAY(SELECT DISTINCT poll_nos[place] FROM unnest(places) AS place));
  INSERT INTO vote_audit_log
  SELECT coalesce(at_us(stamp), moment), poll_no,
         entries + row_number() OVER (PARTITION BY poll_no ORDER BY place),
         agent_nos[agent], voter, request, 'c', '', ballot, address
    FROM unnest(poll_nos, voters, requests, ballots, stamps, addresses, agents) WITH ORDINALITY
         AS vote (poll_no, voter, request, ballot, stamp, address, agent, place)
    JOIN unnest(places) AS new (place) USING (place)
    JOIN poll_totals USING (poll_no);
  PERFORM add_counts(array_agg(poll_no), array_agg(ballot), array_agg(times), array_agg(times::int))
     FROM (SELECT poll_no, ballot, count(*) AS times
             FROM unnest(poll_nos, ballots) WITH ORDINALITY AS vote (poll_no, ballot, place)
             JOIN unnest(places) AS new (place) USING (place)
            GROUP BY 1, 2) AS made;
END $$;

-- Notes those of the votes not at `places` that are in time and give way to another request's ballot,
-- or to their own key's with another choice.
CREATE FUNCTION append_superseded(poll_nos int[], voters uuid[], requests uuid[], ballots bytea[],
                                  stamps bigint[], addresses inet[], agent_nos int[], agents int[],
                                  places int[], moment timestamptz)
  RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  given_way int[];
BEGIN
  given_way := ARRAY(
    SELECT vote.place
      FROM unnest(poll_nos, voters, requests, ballots, stamps) WITH ORDINALITY
           AS vote (poll_no, user_id, request_id, ballot, stamp, place)
      JOIN polls AS poll ON poll.poll_no = vote.poll_no
      JOIN votes AS stands ON stands.poll_no = vote.poll_no AND stands.user_id = vote.user_id
     WHERE NOT EXISTS (SELECT 1 FROM unnest(places) AS new (place) WHERE new.place = vote.place)
       AND vote.ballot IS NOT NULL AND published AND final_at IS NULL
       AND coalesce(at_us(vote.stamp), moment) <= in_time_until(poll)
       AND (vote.stamp IS NOT NULL OR start_time <= moment)
       AND (stands.request_id <> vote.request_id
            OR coalesce(stands.cast_choices, stands.choices) <> vote.ballot));
  IF cardinality(given_way) = 0 THEN RETURN; END IF;
  PERFORM lock_totals(ARRAY(SELECT DISTINCT poll_nos[place] FROM unnest(given_way) AS place));
  given_way := ARRAY(
    SELECT place FROM unnest(given_way) AS place
     WHERE NOT EXISTS (SELECT 1 FROM vote_audit_log
                        WHERE poll_no = poll_nos[place] AND user_id = voters[place]
                          AND request_id = requests[place] AND action <> 'c'));
  INSERT INTO vote_audit_log
  SELECT coalesce(at_us(stamps[place]), moment), poll_no,
         entries + row_number() OVER (PARTITION BY poll_no ORDER BY place),
         agent_nos[agents[place]], voters[place], requests[place], 's', '', ballots[place], addresses[place]
    FROM (SELECT place, poll_nos[place] AS poll_no FROM unnest(given_way) AS place) AS vote
    JOIN poll_totals USING (poll_no);
  UPDATE poll_totals AS total SET entries = total.entries + noted
    FROM (SELECT poll_nos[place] AS poll_no, count(*) AS noted FROM unnest(given_way) AS place GROUP BY 1) AS more
   WHERE total.poll_no = more.poll_no;
END $$;

-- Changes and revokes ballots of different (poll, voter); an empty ballot revokes, one that is null is
-- none of the poll's. Answers with a row for each, in order: applied; repeated, the first answer again;
-- or why not. `ballot` and `revision` are what the answer shows.
CREATE FUNCTION change_votes(poll_nos int[], voters uuid[], requests uuid[], ballots bytea[],
                             addresses inet[], agent_names text[], agents int[])
  RETURNS TABLE (outcome text, cast_request uuid, ballot bytea, revision int, cast_at timestamptz)
  LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  moment      timestamptz;
  agent_nos   int[];
  poll        polls;
  stands      votes;
  applied     int[] := '{}';
  old_ballots bytea[] := '{}';
BEGIN
  PERFORM lock_polls(poll_nos);
  moment := vote_now();
  agent_nos := number_agents(agent_names);
  FOR i IN 1 .. cardinality(voters) LOOP
    SELECT * INTO poll FROM polls WHERE poll_no = poll_nos[i];
    SELECT * INTO stands FROM votes WHERE poll_no = poll_nos[i] AND user_id = voters[i] FOR UPDATE;
    cast_request := stands.request_id;
    cast_at := stands.cast_at;
    SELECT first.outcome, ballots[i], first.revision INTO outcome, ballot, revision
      FROM first_answer(stands, requests[i], ballots[i]) AS first;
    IF outcome IS NULL THEN
      outcome := CASE
        WHEN poll.final_at IS NOT NULL THEN 'final'
        WHEN NOT poll.published OR poll.close_requested_at IS NOT NULL OR moment >= poll.end_time
             OR moment < poll.start_time THEN 'not_active'
        WHEN NOT poll.allow_vote_change THEN 'not_allowed'
        WHEN ballots[i] IS NULL THEN 'invalid_option'
        WHEN stands.user_id IS NULL THEN 'pending'
        WHEN ballots[i] = '' AND stands.choices = '' THEN 'no_vote'
        ELSE 'applied' END;
    END IF;
    IF outcome = 'applied' THEN
      ballot := ballots[i];
      revision := coalesce(stands.revision, 0) + 1;
      UPDATE votes SET choices = ballots[i], cast_choices = coalesce(cast_choices, choices),
                       revision = coalesce(stands.revision, 0) + 1
       WHERE poll_no = poll_nos[i] AND user_id = voters[i];
      applied := applied || i;
      old_ballots := old_ballots || stands.choices;
    END IF;
    RETURN NEXT;
  END LOOP;
  IF cardinality(applied) > 0 THEN
    PERFORM append_changes(poll_nos, voters, requests, ballots, addresses, agent_nos, agents, applied,
                           old_ballots, moment);
  END IF;
END $$;

-- How a request that has been dealt with was answered; nothing where it is new. A key means one
-- request, cast or change.
CREATE FUNCTION first_answer(stands votes, request uuid, wish bytea)
  RETURNS TABLE (outcome text, revision int) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  entry vote_audit_log;
BEGIN
  IF stands.request_id = request THEN
    outcome := CASE WHEN coalesce(stands.cast_choices, stands.choices) = wish THEN 'repeated' ELSE 'reused' END;
    revision := 0;
    RETURN NEXT;
  ELSIF stands.user_id IS NOT NULL THEN
    SELECT * INTO entry FROM vote_audit_log
     WHERE poll_no = stands.poll_no AND user_id = stands.user_id AND request_id = request AND action <> 'c';
    IF NOT FOUND THEN RETURN; END IF;
    outcome := CASE WHEN entry.action <> 's' AND entry.new_choices = wish THEN 'repeated' ELSE 'reused' END;
    -- Each change made the revision one greater, so it was their number up to this one.
    revision := (SELECT count(*) FROM vote_audit_log
                  WHERE poll_no = stands.poll_no AND user_id = stands.user_id AND action <> 'c'
                    AND action <> 's' AND entry_no <= entry.entry_no);
    RETURN NEXT;
  END IF;
END $$;

CREATE FUNCTION append_changes(poll_nos int[], voters uuid[], requests uuid[], ballots bytea[],
                               addresses inet[], agent_nos int[], agents int[], applied int[],
                               old_ballots bytea[], moment timestamptz)
  RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM lock_totals(ARRAY(SELECT DISTINCT poll_nos[place] FROM unnest(applied) AS place));
  INSERT INTO vote_audit_log
  SELECT moment, poll_no, entries + row_number() OVER (PARTITION BY poll_no ORDER BY place),
         agent_nos[agents[place]], voters[place], requests[place],
         CASE WHEN ballots[place] = '' THEN 'r' ELSE 'm' END::"char", old_ballot, ballots[place], addresses[place]
    FROM (SELECT place, old_ballot, poll_nos[place] AS poll_no
            FROM unnest(applied, old_ballots) AS change (place, old_ballot)) AS change
    JOIN poll_totals USING (poll_no);
  PERFORM add_counts(array_agg(poll_no), array_agg(ballot), array_agg(times), array_agg(entries))
     FROM (SELECT poll_nos[place] AS poll_no, ballots[place] AS ballot, 1::bigint AS times, 1 AS entries
             FROM unnest(applied) AS place
           UNION ALL
           SELECT poll_nos[place], old_ballot, -1, 0
             FROM unnest(applied, old_ballots) AS change (place, old_ballot)) AS made;
END $$;

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
  SELECT DISTINCT ON (poll.poll_id, digest) poll.poll_id, digest, voter, request, at_us(first_stamp), state, reason
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

-- The ballots of a poll and what its audit log adds up to, choice by choice, in one snapshot;
-- `differs`: not the same voters.
CREATE FUNCTION recount_sides(number int)
  RETURNS TABLE (part int, choices bytea, voted bigint, audited bigint, differs boolean)
  LANGUAGE sql STABLE AS $$
  SELECT coalesce(ballots.part, audit.part), coalesce(ballots.choices, audit.choices),
         coalesce(ballots.times, 0), coalesce(audit.times, 0)::bigint,
         coalesce(ballots.times, 0) <> coalesce(audit.times, 0)
         OR coalesce(ballots.voters, 0) <> coalesce(audit.voters, 0)
    FROM (SELECT uuid_hash(user_id) & 255 AS part, choices, count(*) AS times,
                 sum(uuid_hash_extended(user_id, 0)) AS voters
            FROM votes WHERE poll_no = number GROUP BY 1, 2) AS ballots
    FULL JOIN
         (SELECT part, choices, sum(times) AS times, sum(voters) AS voters
            FROM (SELECT uuid_hash(user_id) & 255 AS part, new_choices AS choices, count(*) AS times,
                         sum(uuid_hash_extended(user_id, 0)) AS voters
                    FROM vote_audit_log WHERE poll_no = number AND action <> 's' GROUP BY 1, 2
                  UNION ALL
                  SELECT uuid_hash(user_id) & 255, old_choices, -count(*), -sum(uuid_hash_extended(user_id, 0))
                    FROM vote_audit_log WHERE poll_no = number AND action IN ('m', 'r') GROUP BY 1, 2) AS moves
           GROUP BY 1, 2 HAVING sum(times) <> 0 OR sum(voters) <> 0) AS audit
      ON ballots.part = audit.part AND ballots.choices = audit.choices
$$;
CREATE FUNCTION recount_sums(number int)
  RETURNS TABLE (choices bytea, voted bigint, audited bigint, differs boolean)
  LANGUAGE sql STABLE AS $$
  SELECT choices, sum(voted)::bigint, sum(audited)::bigint, bool_or(differs)
    FROM recount_sides(number) GROUP BY 1
$$;
-- Voters of whom ballot and audit log say different things, up to `most`.
CREATE FUNCTION disagreeing_voters(number int, most bigint) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
  WITH parts AS MATERIALIZED (SELECT DISTINCT part FROM recount_sides(number) WHERE differs),
  said AS (
    SELECT user_id, choices AS choices, 1 AS times FROM votes
     WHERE poll_no = number AND uuid_hash(user_id) & 255 IN (SELECT part FROM parts)
    UNION ALL
    SELECT user_id, new_choices, -1 FROM vote_audit_log
     WHERE poll_no = number AND action <> 's' AND uuid_hash(user_id) & 255 IN (SELECT part FROM parts)
    UNION ALL
    SELECT user_id, old_choices, 1 FROM vote_audit_log
     WHERE poll_no = number AND action IN ('m', 'r') AND uuid_hash(user_id) & 255 IN (SELECT part FROM parts))
  SELECT DISTINCT user_id FROM (SELECT user_id FROM said GROUP BY user_id, choices HAVING sum(times) <> 0) AS apart
   ORDER BY user_id LIMIT most
$$;
-- Moves counters by these differences, unless they were repaired since; with the totals locked. A row
-- that is gone counted nothing.
CREATE FUNCTION repair_counts(number int, differences bigint[], ballots bigint, repairs_known bigint,
                              version_above bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE poll_totals
     SET total_votes = total_votes + ballots, repairs = repairs + 1,
         version = greatest(version, version_above, version_base()) + 1
   WHERE poll_no = number AND repairs = repairs_known;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO option_counts AS counter
  SELECT number, position, greatest(difference, 0)
    FROM unnest(differences) WITH ORDINALITY AS by (difference, position)
      ON CONFLICT (poll_no, position)
      DO UPDATE SET vote_count = counter.vote_count + differences[counter.position];
  DELETE FROM option_counts
   WHERE poll_no = number AND (position < 1 OR position > cardinality(differences));
  RETURN true;
END $$;

-- Ballots of a poll that is over, as they are. Answers with a voter who has one already, if any has.
CREATE FUNCTION import_ballots(number int, voters uuid[], requests uuid[], ballots bytea[], cast_ats bigint[],
                               revisions int[], agent text) RETURNS uuid LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  agents int[] := number_agents(ARRAY[agent]);
  twice  uuid;
BEGIN
  SELECT voter INTO twice FROM unnest(voters) AS voter
   WHERE EXISTS (SELECT 1 FROM votes WHERE poll_no = number AND user_id = voter)
   LIMIT 1;
  IF twice IS NULL THEN
    SELECT voter INTO twice FROM unnest(voters) AS voter GROUP BY voter HAVING count(*) > 1 LIMIT 1;
  END IF;
  IF twice IS NOT NULL THEN RETURN twice; END IF;
  INSERT INTO votes (cast_at, poll_no, user_id, request_id, choices, revision)
  SELECT at_us(cast_at), number, voter, request, ballot, nullif(revision, 0)
    FROM unnest(voters, requests, ballots, cast_ats, revisions) AS vote (voter, request, ballot, cast_at, revision);
  PERFORM lock_totals(ARRAY[number]);
  INSERT INTO vote_audit_log
  SELECT at_us(cast_at), number, entries + place, agents[1], voter, request, 'c', '', ballot, NULL
    FROM unnest(voters, requests, ballots, cast_ats) WITH ORDINALITY
         AS vote (voter, request, ballot, cast_at, place),
         poll_totals
   WHERE poll_no = number;
  PERFORM add_counts(array_agg(number), array_agg(ballot), array_agg(times), array_agg(times::int))
     FROM (SELECT ballot, count(*) AS times FROM unnest(ballots) AS ballot GROUP BY 1) AS made;
  RETURN NULL;
END $$;
