-- What pg_dump writes rows of, and what they are partitions of, without a lock on any of it. Of the tables that belong to
-- an extension only those whose rows are all the team's; its own rows come and go with it.
SELECT
    n.nspname::text,
    c.relname::text,
    c.oid::bigint,
    c.relfilenode::bigint,
    c.relkind::text,
    p.nspname::text,
    p.relname::text,
    greatest(c.relpages, pg_stat_get_live_tuples(c.oid) / 100)::bigint,
    -- NULL for what was dropped since the snapshot: counting tells.
    coalesce(has_schema_privilege(n.oid, 'USAGE'), true),
    coalesce(has_any_column_privilege(c.oid, 'SELECT'), true),
    row_security_active(c.oid),
    ARRAY(
        SELECT format(
            '%%s %%s%%s', a.attname, format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN ' not null' END
        )
        FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ),
    pg_stat_get_tuples_inserted(c.oid),
    pg_stat_get_tuples_updated(c.oid),
    pg_stat_get_tuples_deleted(c.oid)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT pn.nspname, pc.relname
    FROM pg_inherits i
    JOIN pg_class pc ON pc.oid = i.inhparent
    JOIN pg_namespace pn ON pn.oid = pc.relnamespace
    WHERE c.relispartition AND i.inhrelid = c.oid
) AS p ON true
WHERE (c.relkind IN ('r', 'p') OR c.relkind = 'm' AND c.relispopulated)
    AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_'
    AND n.nspname <> 'information_schema'
    AND (n.nspname, c.relname) <> ('secondkey', 'marker')
    AND (%(names)s::text[] IS NULL OR c.relname = ANY (%(names)s::text[]))
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
            AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
            AND NOT EXISTS (
                SELECT FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS config (oid, condition)
                WHERE e.oid = d.refobjid AND config.oid = c.oid AND config.condition = ''
            )
    )
ORDER BY n.nspname, c.relname
