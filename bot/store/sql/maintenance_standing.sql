-- The windows that are open.
SELECT scope, by, reason, since, until FROM maintenance_windows
WHERE ended_at IS NULL AND until > clock_timestamp() ORDER BY scope
