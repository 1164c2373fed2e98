-- Slack asked to wait: the whole lane does, the others go on.
UPDATE outbox_lanes SET next_at = greatest(next_at, clock_timestamp() + make_interval(secs => %(wait)s))
WHERE channel = %(channel)s AND method = %(method)s
