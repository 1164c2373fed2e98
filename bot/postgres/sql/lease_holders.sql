-- Who holds that lock; its 64-bit key is shown in two halves.
SELECT l.pid, coalesce(a.application_name, '')
FROM pg_locks l
CROSS JOIN (SELECT hashtextextended('secondkey:' || %(live)s, 0)) AS wanted (key)
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.classid::bigint = (key >> 32) & 4294967295
    AND l.objid::bigint = key & 4294967295
    AND l.pid <> pg_backend_pid()
