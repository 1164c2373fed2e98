-- In how many seconds the next message may go out; null where none waits.
SELECT extract(epoch FROM min(greatest(message.not_before, message.claimed_until, lane.next_at))
    - clock_timestamp())::float
FROM outbox_ready message
JOIN outbox_lanes lane ON lane.channel = message.channel AND lane.method = message.method
WHERE message.method = 'update' OR NOT EXISTS (
    SELECT FROM outbox_ready earlier
    WHERE earlier.channel = message.channel AND earlier.holds_back
        AND earlier.method = 'post' AND earlier.number < message.number
)
