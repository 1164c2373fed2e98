-- The windows whose time is over, and that nobody ended yet.
SELECT scope, by, reason, since, until FROM maintenance_windows
WHERE ended_at IS NULL AND until <= clock_timestamp() ORDER BY scope
