-- The maintenance window that keeps alerts of this database calm now: its own first.
SELECT scope, by, reason, since, until FROM maintenance_windows
WHERE ended_at IS NULL AND until > clock_timestamp() AND scope IN (%(database)s, 'all')
ORDER BY scope = 'all' LIMIT 1
