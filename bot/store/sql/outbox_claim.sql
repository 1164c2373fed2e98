-- Take the next message that its channel may have now. Posts keep their order; a message that is updated
-- has its place already. What is posted counts as unsure until Slack's answer is recorded.
WITH next AS (
    SELECT message.key, message.channel, message.method, message.unsure, message.thread_ts
    FROM outbox_ready message
    JOIN outbox_lanes lane ON lane.channel = message.channel AND lane.method = message.method
    WHERE message.not_before <= clock_timestamp()
        AND message.claimed_until <= clock_timestamp()
        AND lane.next_at <= clock_timestamp()
        AND (message.method = 'update' OR NOT EXISTS (
            SELECT FROM outbox_ready earlier
            WHERE earlier.channel = message.channel AND earlier.holds_back
                AND earlier.method = 'post' AND earlier.number < message.number
        ))
    ORDER BY message.number
    LIMIT 1
    FOR UPDATE OF message, lane SKIP LOCKED
), paced AS (
    UPDATE outbox_lanes lane SET next_at = clock_timestamp() + make_interval(secs => %(pace)s)
    FROM next WHERE lane.channel = next.channel AND lane.method = next.method
)
UPDATE outbox SET
    claim = %(claim)s,
    claimed_until = clock_timestamp() + make_interval(secs => %(lease)s),
    unsure = outbox.method = 'post',
    begun_at = CASE WHEN next.unsure THEN outbox.begun_at ELSE clock_timestamp() END
FROM next WHERE outbox.key = next.key
RETURNING
    outbox.key, outbox.channel, next.thread_ts, outbox.text, outbox.blocks, outbox.chart, outbox.version,
    outbox.posted_channel, outbox.ts, next.unsure, outbox.begun_at, outbox.attempts, outbox.claim
