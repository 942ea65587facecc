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
  new_polls  int[];
  new_voters uuid[];
BEGIN
  PERFORM lock_polls(poll_nos);
  moment := vote_now();
  agent_nos := number_agents(agent_names);
  WITH voted AS (
    INSERT INTO votes (cast_at, poll_no, user_id, request_id, choices)
    SELECT coalesce(at_us(stamp), moment), poll_no, user_id, request_id, ballot
      FROM unnest(poll_nos, voters, requests, ballots, stamps)
           AS vote (poll_no, user_id, request_id, ballot, stamp)
      JOIN polls AS poll USING (poll_no)
     WHERE ballot IS NOT NULL AND published AND final_at IS NULL
       AND coalesce(at_us(stamp), moment) <= in_time_until(poll)
       AND (stamp IS NOT NULL OR start_time <= moment)
     ORDER BY poll_no, user_id
        ON CONFLICT DO NOTHING
    RETURNING poll_no, user_id
  )
  SELECT array_agg(poll_no), array_agg(user_id) INTO new_polls, new_voters FROM voted;
  IF cardinality(new_voters) = cardinality(voters) THEN
    PERFORM append_casts(poll_nos, voters, requests, ballots, stamps, addresses, agent_nos, agents, moment);
    RETURN;
  END IF;
  IF new_voters IS NOT NULL THEN
    PERFORM append_casts(array_agg(vote.poll_no), array_agg(vote.user_id), array_agg(request_id),
                         array_agg(ballot), array_agg(stamp), array_agg(address), agent_nos,
                         array_agg(agent), moment)
       FROM unnest(poll_nos, voters, requests, ballots, stamps, addresses, agents)
            AS vote (poll_no, user_id, request_id, ballot, stamp, address, agent)
       JOIN unnest(new_polls, new_voters) AS new (poll_no, user_id) USING (poll_no, user_id);
  END IF;
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
      LEFT JOIN unnest(new_polls, new_voters) AS new (poll_no, user_id)
             ON new.poll_no = vote.poll_no AND new.user_id = vote.user_id
     WHERE new.user_id IS NULL
     ORDER BY vote.place;
  IF note_superseded THEN
    PERFORM append_superseded(array_agg(vote.poll_no), array_agg(vote.user_id), array_agg(vote.request_id),
                              array_agg(vote.ballot), array_agg(vote.stamp), array_agg(address), agent_nos,
                              array_agg(agent), moment)
       FROM unnest(poll_nos, voters, requests, ballots, stamps, addresses, agents)
            AS vote (poll_no, user_id, request_id, ballot, stamp, address, agent)
       JOIN polls AS poll ON poll.poll_no = vote.poll_no
       JOIN votes AS stands ON stands.poll_no = vote.poll_no AND stands.user_id = vote.user_id
       LEFT JOIN unnest(new_polls, new_voters) AS new (poll_no, user_id)
              ON new.poll_no = vote.poll_no AND new.user_id = vote.user_id
      WHERE new.user_id IS NULL AND vote.ballot IS NOT NULL AND published AND final_at IS NULL
        AND coalesce(at_us(vote.stamp), moment) <= in_time_until(poll)
        AND (vote.stamp IS NOT NULL OR start_time <= moment)
        AND (stands.request_id <> vote.request_id
             OR coalesce(stands.cast_choices, stands.choices) <> vote.ballot)
     HAVING count(*) > 0;
  END IF;
END $$;

-- Audit entries and counts of votes that were recorded.
CREATE FUNCTION append_casts(poll_nos int[], voters uuid[], requests uuid[], ballots bytea[],
                             stamps bigint[], addresses inet[], agent_nos int[], agents int[],
                             moment timestamptz)
  RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM lock_totals(ARRAY(SELECT DISTINCT poll_no FROM unnest(poll_nos) AS poll_no));
  INSERT INTO vote_audit_log
  SELECT coalesce(at_us(stamp), moment), poll_no,
         entries + row_number() OVER (PARTITION BY poll_no ORDER BY place),
         agent_nos[agent], voter, request, 'c', '', ballot, address
    FROM unnest(poll_nos, voters, requests, ballots, stamps, addresses, agents) WITH ORDINALITY
         AS vote (poll_no, voter, request, ballot, stamp, address, agent, place)
    JOIN poll_totals USING (poll_no);
  PERFORM add_counts(array_agg(poll_no), array_agg(ballot), array_agg(times), array_agg(times::int))
     FROM (SELECT poll_no, ballot, count(*) AS times
             FROM unnest(poll_nos, ballots) AS vote (poll_no, ballot) GROUP BY 1, 2) AS made;
END $$;

-- Notes requests that give way to a ballot that stands, each once.
CREATE FUNCTION append_superseded(poll_nos int[], voters uuid[], requests uuid[], ballots bytea[],
                                  stamps bigint[], addresses inet[], agent_nos int[], agents int[],
                                  moment timestamptz)
  RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM lock_totals(ARRAY(SELECT DISTINCT poll_no FROM unnest(poll_nos) AS poll_no));
  WITH noted AS (
    INSERT INTO vote_audit_log
    SELECT coalesce(at_us(stamp), moment), poll_no,
           entries + row_number() OVER (PARTITION BY poll_no ORDER BY place),
           agent_nos[agent], voter, request, 's', '', ballot, address
      FROM unnest(poll_nos, voters, requests, ballots, stamps, addresses, agents) WITH ORDINALITY
           AS vote (poll_no, voter, request, ballot, stamp, address, agent, place)
      JOIN poll_totals USING (poll_no)
     WHERE NOT EXISTS (SELECT 1 FROM vote_audit_log AS known
                        WHERE known.poll_no = vote.poll_no AND known.user_id = voter
                          AND known.request_id = request AND action <> 'c')
    RETURNING poll_no
  )
  UPDATE poll_totals AS total SET entries = total.entries + more.noted
    FROM (SELECT poll_no, count(*) AS noted FROM noted GROUP BY 1) AS more
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
