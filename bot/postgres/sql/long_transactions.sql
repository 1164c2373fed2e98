-- Transactions in this database that are open for longer than the limit, but our own.
SELECT pid, coalesce(usename::text, ''), coalesce(application_name, ''), clock_timestamp() - xact_start
FROM pg_stat_activity
WHERE datname = current_database()
    AND backend_type = 'client backend'
    AND coalesce(application_name, '') NOT LIKE 'secondkey/%%'
    AND clock_timestamp() - xact_start > %(limit)s
ORDER BY xact_start
