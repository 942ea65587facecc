-- How long after its cut-off a vote may reach the queue and still be in time, in microseconds: kept
-- with the poll, so that all programs go by the same one, whatever their configurations say later.
ALTER TABLE polls ADD COLUMN grace INTEGER NOT NULL DEFAULT 5000000 CHECK (grace >= 0);
