-- End a window, before its time or only after it.
UPDATE maintenance_windows SET ended_at = clock_timestamp()
WHERE scope = %(scope)s AND ended_at IS NULL AND (NOT %(overdue)s OR until <= clock_timestamp())
RETURNING scope, by, reason, since, until
