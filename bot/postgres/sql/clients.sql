-- Who is in these databases. Autovacuum ends itself for a rename; where its kind is hidden from us, it has no user.
SELECT a.pid, coalesce(a.usename::text, ''), coalesce(a.application_name, '')
FROM pg_stat_activity a
JOIN pg_database d ON d.oid = a.datid
WHERE d.datname = ANY (%(databases)s::text[])
    AND a.pid <> ALL (%(spared)s::int[])
    AND NOT (a.usesysid IS NULL AND coalesce(a.backend_type, 'autovacuum worker') = 'autovacuum worker')
ORDER BY a.pid
