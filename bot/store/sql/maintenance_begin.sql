-- Tell alerts calmly for a while; a window of the same scope that is open ends then instead.
INSERT INTO maintenance_windows (scope, by, reason, until)
VALUES (%(scope)s, %(by)s, %(reason)s, clock_timestamp() + %(length)s)
ON CONFLICT (scope) WHERE ended_at IS NULL
DO UPDATE SET by = excluded.by, reason = excluded.reason, until = excluded.until
RETURNING scope, by, reason, since, until
