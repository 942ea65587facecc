-- The topics of queues in which votes for this store may wait: of each API that has held a lease. No
-- poll becomes final while there may be votes where nobody looked.
CREATE TABLE queue_topics (
  topic TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO queue_topics SELECT DISTINCT topic FROM queue_positions;
