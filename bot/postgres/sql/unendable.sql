-- Sessions in the live database that this login may not end: superusers', and the server's own programs'.
SELECT a.pid, coalesce(a.usename::text, ''), coalesce(nullif(a.application_name, ''), a.backend_type, '')
FROM pg_stat_activity a
LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.datname = %(live)s
    AND a.pid <> pg_backend_pid()
    AND coalesce(a.backend_type, '') <> 'autovacuum worker'
    AND CASE
        WHEN r.oid IS NULL THEN a.backend_type IS NOT NULL
        WHEN r.rolsuper THEN true
        ELSE NOT (pg_has_role(r.oid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))
    END
ORDER BY a.pid
