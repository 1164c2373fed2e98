-- Messages to Slack may belong to the thread of another one: its detail.

ALTER TABLE outbox ADD COLUMN parent text REFERENCES outbox (key) ON DELETE CASCADE;
CREATE INDEX outbox_replies ON outbox (parent) WHERE parent IS NOT NULL;

-- What waits for nothing but its turn: a reply once its thread is there and says all that it has to say.
CREATE VIEW outbox_ready AS
SELECT message.key, message.number, message.channel, message.method, message.unsure, message.not_before,
    message.claimed_until,
    (SELECT thread.ts FROM outbox thread WHERE thread.key = message.parent) AS thread_ts
FROM outbox message
WHERE message.pending AND (message.parent IS NULL OR EXISTS (
    SELECT FROM outbox thread
    WHERE thread.key = message.parent AND thread.ts IS NOT NULL AND NOT thread.pending
));
