-- Append-only: what auditors, admins and operators did that no vote's own entry in vote_audit_log
-- tells: who read an audit log, who exported, imported, requeued or dropped what.
CREATE TABLE operator_log (
  action_id  INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  actor      TEXT    NOT NULL CHECK (actor <> ''),  -- a user's id, or 'os:root' of a tool at the store
  action     TEXT    NOT NULL CHECK (action <> ''),
  poll_id    BLOB,
  user_id    BLOB,           -- whose vote it was about
  request_id BLOB,           -- and which
  ip_address TEXT    NOT NULL,  -- '' of a tool at the store
  detail     TEXT    NOT NULL
) STRICT;
CREATE INDEX operator_log_by_poll ON operator_log (poll_id, action_id) WHERE poll_id IS NOT NULL;

CREATE TRIGGER operator_log_is_never_changed BEFORE UPDATE ON operator_log
BEGIN SELECT RAISE(ABORT, 'the operator log is append-only'); END;
CREATE TRIGGER operator_log_is_never_deleted BEFORE DELETE ON operator_log
BEGIN SELECT RAISE(ABORT, 'the operator log is append-only'); END;
-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER operator_log_is_never_replaced BEFORE INSERT ON operator_log
WHEN EXISTS (SELECT 1 FROM operator_log WHERE action_id = new.action_id)
BEGIN SELECT RAISE(ABORT, 'the operator log is append-only'); END;
