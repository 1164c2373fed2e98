-- These relations and everything that cannot be made, or be described by pg_dump, without them. A locked one must not
-- be touched at all: so its partitions go with it, its parents (pg_dump locks them together), and every table with a
-- rule or a policy that reads it. Else a partition stays, as a table of its own, and so does the sequence of a column.
WITH RECURSIVE lost (catalog, oid, locked, root) AS (
    SELECT 'pg_class'::regclass::oid, relation.oid::oid, relation.locked, relation.oid::oid
    FROM unnest(%(oids)s::bigint[], %(locked)s::boolean[]) AS relation (oid, locked)
    UNION
    SELECT found.catalog, found.oid, found.locked, lost.root
    FROM lost
    CROSS JOIN LATERAL (
        SELECT d.classid, d.objid, lost.locked
        FROM pg_depend d
        LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
        WHERE d.refclassid = lost.catalog AND d.refobjid = lost.oid AND d.deptype IN ('n', 'a', 'i')
            AND (
                lost.locked OR lost.catalog <> 'pg_class'::regclass OR c.oid IS NULL
                OR NOT c.relispartition AND NOT (c.relkind = 'S' AND d.deptype = 'a')
            )
        UNION ALL
        SELECT 'pg_class'::regclass, c.oid, lost.locked
        FROM pg_rewrite r
        JOIN pg_class c ON c.oid = r.ev_class
        WHERE lost.catalog = 'pg_rewrite'::regclass AND r.oid = lost.oid
            AND (lost.locked OR c.relkind IN ('v', 'm'))
        UNION ALL
        SELECT 'pg_class'::regclass, p.polrelid, lost.locked
        FROM pg_policy p
        WHERE lost.catalog = 'pg_policy'::regclass AND p.oid = lost.oid AND lost.locked
        UNION ALL
        SELECT 'pg_class'::regclass, i.inhparent, false
        FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhparent AND c.relkind IN ('r', 'p')
        WHERE lost.catalog = 'pg_class'::regclass AND i.inhrelid = lost.oid AND lost.locked
    ) AS found (catalog, oid, locked)
)
SELECT DISTINCT ON (lost.catalog, lost.oid)
    lost.catalog::bigint,
    lost.oid::bigint,
    lost.root::bigint,
    CASE WHEN c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') THEN c.relkind::text END,
    n.nspname::text,
    c.relname::text
FROM lost
LEFT JOIN pg_class c ON lost.catalog = 'pg_class'::regclass AND c.oid = lost.oid
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE coalesce(c.relkind <> 't', true)
-- What was lost for a reason of its own is told for that.
ORDER BY lost.catalog, lost.oid, lost.root <> lost.oid, lost.root
