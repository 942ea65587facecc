-- Recounting a poll and repairing its counters.

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
