-- Who holds what the sessions of this name wait for, the oldest transaction first. Process 0 is a prepared
-- transaction; how old other people's transactions are, that needs pg_read_all_stats.
SELECT DISTINCT ON (blocker.xact_start, held.pid)
    held.pid,
    coalesce(blocker.application_name, ''),
    coalesce(blocker.usename::text, ''),
    clock_timestamp() - blocker.xact_start,
    coalesce(regexp_replace(wanted.relation::regclass::text, '^public\.', ''), ''),
    wanted.relation::bigint
FROM pg_stat_activity waiting
CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS held (pid)
LEFT JOIN pg_stat_activity blocker ON blocker.pid = held.pid
LEFT JOIN pg_locks wanted ON wanted.pid = waiting.pid AND NOT wanted.granted
WHERE waiting.application_name = %(name)s AND waiting.datname = current_database()
ORDER BY blocker.xact_start, held.pid
