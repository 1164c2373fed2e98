-- End a window, before its time or after it.
UPDATE maintenance_windows SET ended_at = clock_timestamp()
WHERE scope = %(scope)s AND ended_at IS NULL
RETURNING scope, by, reason, since, until
