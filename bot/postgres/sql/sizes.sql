-- How large these databases are, as far as this login may know it.
SELECT datname::text, pg_database_size(oid) FROM pg_database
WHERE datname = ANY (%(names)s::text[])
    AND (has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'MEMBER'))
