-- What the restoring login may do. Whatever an archive makes it run, it runs with these rights.
SELECT
    r.rolname::text,
    r.rolsuper,
    r.rolcreatedb,
    r.rolcreaterole,
    pg_has_role(r.oid, 'pg_signal_backend', 'USAGE'),
    ARRAY(
        SELECT mighty.rolname::text FROM pg_roles mighty
        WHERE pg_has_role(r.oid, mighty.oid, 'MEMBER')
            AND mighty.oid <> r.oid
            AND (
                mighty.rolsuper
                OR mighty.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
            )
        ORDER BY mighty.rolname
    ),
    least(
        current_setting('max_connections')::bigint
            - current_setting('superuser_reserved_connections')::bigint
            - coalesce(current_setting('reserved_connections', true), '0')::bigint
            - (SELECT sum(numbackends) FROM pg_stat_database),
        CASE WHEN r.rolconnlimit >= 0
            THEN r.rolconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE usesysid = r.oid)
        END
    )::int
FROM pg_roles r
WHERE r.rolname = current_user
