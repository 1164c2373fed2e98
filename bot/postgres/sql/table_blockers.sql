-- Who holds, or waits first in line for, the lock that keeps everybody else out of a table.
SELECT
    coalesce(l.pid, 0),
    coalesce(a.application_name, ''),
    coalesce(a.usename::text, ''),
    clock_timestamp() - a.xact_start
FROM pg_locks l
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.relation = to_regclass(%(table)s)
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.pid IS DISTINCT FROM pg_backend_pid()
ORDER BY l.granted DESC, a.xact_start
LIMIT 1
