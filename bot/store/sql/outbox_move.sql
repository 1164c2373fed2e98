-- It goes elsewhere, as a message of its own there, and waits for its turn in that lane.
WITH lanes AS (
    INSERT INTO outbox_lanes (channel, method) VALUES (%(channel)s, 'post'), (%(channel)s, 'update')
    ON CONFLICT DO NOTHING
)
UPDATE outbox SET
    channel = %(channel)s,
    posted_channel = NULL,
    ts = NULL,
    unsure = %(unsure)s,
    claim = NULL,
    claimed_until = '-infinity'
WHERE key = %(key)s AND claim = %(claim)s
