-- Every table, the file that its rows are in, and whether it is a partition; how many were deleted of those whose turn it is.
SELECT
    n.nspname::text,
    c.relname::text,
    c.oid::bigint,
    c.relfilenode::bigint,
    c.relispartition,
    CASE WHEN abs(hashoid(c.oid)) %% %(turns)s = %(turn)s THEN pg_stat_get_tuples_deleted(c.oid) END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (c.relkind IN ('r', 'p') OR c.relkind = 'm' AND c.relispopulated)
    AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_'
    AND n.nspname <> 'information_schema'
