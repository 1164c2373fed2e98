-- Slack has this version, and where. It may be updated again after a while.
UPDATE outbox SET
    delivered = %(version)s,
    delivered_at = clock_timestamp(),
    posted_channel = %(posted_channel)s,
    not_before = CASE WHEN ts IS NULL THEN '-infinity'
        ELSE clock_timestamp() + make_interval(secs => %(pace)s) END,
    ts = %(ts)s,
    unsure = false,
    attempts = 0,
    problem = '',
    claim = NULL,
    claimed_until = '-infinity'
WHERE key = %(key)s AND claim = %(claim)s
