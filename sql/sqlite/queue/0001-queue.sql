-- The queue of the embedded engine: one log of messages, and the dead letters.
-- Times are microseconds since 1970, UTC.

-- One row a message. Offsets are dense, start at 0 and are never given twice: of the messages that
-- were processed the last is never trimmed.
CREATE TABLE messages (
  "offset" INTEGER PRIMARY KEY,
  stamp    INTEGER NOT NULL,  -- the queue's own clock, taken inside the appending transaction
  key      BLOB    NOT NULL,  -- the voter's id
  value    TEXT    NOT NULL,  -- the message: one JSON object
  headers  TEXT               -- a JSON object, or null
) STRICT;

-- How far the workers say they are, for tools (what counts is the store's own position).
CREATE TABLE progress (
  topic     TEXT    PRIMARY KEY,
  committed INTEGER NOT NULL
) STRICT;

-- What no retry can heal, with the reason in its headers; kept until an operator decides.
CREATE TABLE dead_letters (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  stamp   INTEGER NOT NULL,
  key     BLOB    NOT NULL,
  value   TEXT    NOT NULL,
  headers TEXT    NOT NULL
) STRICT;
