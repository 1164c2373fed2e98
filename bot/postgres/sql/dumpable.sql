-- What pg_dump locks or reads of a whole database, and what this login may do with it: the rows of a table need the
-- right to all of its columns, where a sequence stands needs SELECT.
SELECT
    c.oid::bigint,
    c.relkind::text,
    n.nspname::text,
    c.relname::text,
    -- NULL for what was dropped since the snapshot: locking tells.
    coalesce(has_schema_privilege(n.oid, 'USAGE'), true),
    coalesce(has_table_privilege(c.oid, 'SELECT'), true),
    coalesce(row_security_active(c.oid), false)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'S')
    AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_'
    AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
            AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
            AND NOT coalesce(c.oid = ANY (e.extconfig), false)
    )
ORDER BY n.nspname, c.relname
