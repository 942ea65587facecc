-- Roles with only what each needs. The owner of the schema runs `votectl db migrate`, vote-reconcile
-- and vote-dlq; logins of APIs, workers and auditors are these roles or are granted them.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['vote_api', 'vote_worker', 'vote_auditor'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      END IF;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;  -- another migration made it just now
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'there is no role %, and this login may not make it', wanted
          USING HINT = format('As a superuser: CREATE ROLE %I NOLOGIN', wanted);
    END;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), wanted);
  END LOOP;
END $$;

GRANT SELECT ON schema_migrations, store_meta, poll_numbers, polls, poll_rows, poll_options, option_counts, poll_totals,
                queue_positions, queue_topics, topics, poll_closings, undecided_votes, holding_votes
   TO vote_api, vote_worker, vote_auditor;

GRANT SELECT, INSERT, UPDATE ON users TO vote_api;
GRANT UPDATE ON store_meta TO vote_api;
GRANT INSERT ON poll_numbers, queue_topics TO vote_api;
GRANT INSERT, UPDATE, DELETE ON polls, poll_options, option_counts, poll_totals, poll_closings, undecided_votes
   TO vote_api;
GRANT SELECT, INSERT, UPDATE ON votes TO vote_api;
GRANT SELECT, INSERT ON vote_audit_log, operator_log, user_agents TO vote_api;
GRANT SELECT ON ballot_rows, audit_rows, operator_rows, dangling_votes TO vote_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON api_leases TO vote_api;

GRANT SELECT, INSERT ON votes, vote_audit_log, user_agents TO vote_worker;
GRANT INSERT, UPDATE ON option_counts, poll_totals, queue_positions, poll_closings, undecided_votes
   TO vote_worker;

GRANT SELECT ON votes, vote_audit_log, user_agents, operator_log, ballots, audit_entries, dangling_votes,
                ballot_rows, audit_rows, operator_rows
   TO vote_auditor;
GRANT SELECT (user_id, email, username, role, is_verified, created_at) ON users TO vote_auditor;
