-- A message may be a picture: kept as what it shows, and drawn when it is delivered.

ALTER TABLE outbox ADD COLUMN chart jsonb;

CREATE OR REPLACE VIEW outbox_ready AS
SELECT message.key, message.number, message.channel, message.method, message.unsure, message.not_before,
    message.claimed_until,
    (SELECT thread.ts FROM outbox thread WHERE thread.key = message.parent) AS thread_ts,
    -- what cannot be delivered yet keeps the messages behind it waiting, but for pictures
    message.chart IS NULL AS holds_back
FROM outbox message
WHERE message.pending AND (message.parent IS NULL OR EXISTS (
    SELECT FROM outbox thread
    WHERE thread.key = message.parent AND thread.ts IS NOT NULL AND NOT thread.pending
));
