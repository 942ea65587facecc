-- Where a dead letter came from, "topic/partition/offset", so that a worker that was killed between
-- burying a message and passing it buries no second copy. Null: it does not say.
ALTER TABLE dead_letters ADD COLUMN origin TEXT;
UPDATE dead_letters
   SET origin = json_extract(headers, '$."x-original-topic"') || '/' ||
                json_extract(headers, '$."x-original-partition"') || '/' ||
                json_extract(headers, '$."x-original-offset"');
DELETE FROM dead_letters
 WHERE EXISTS (SELECT 1 FROM dead_letters AS earlier
                WHERE earlier.origin = dead_letters.origin AND earlier.value = dead_letters.value
                  AND earlier.id < dead_letters.id);
CREATE INDEX dead_letters_by_origin ON dead_letters (origin);
