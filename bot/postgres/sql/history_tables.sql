-- Every table of these names, those in `public` first; or the one table that is named in full.
SELECT
    n.nspname::text,
    c.relname::text,
    ARRAY(
        SELECT a.attname::text
        FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ),
    EXISTS (
        SELECT FROM pg_class m
        WHERE m.relnamespace = c.relnamespace AND m.relname = 'ar_internal_metadata'
    )
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE CASE WHEN %(table)s::text IS NULL THEN c.relname = ANY (%(names)s)
        ELSE n.nspname || '.' || c.relname = %(table)s END
    AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
ORDER BY n.nspname <> 'public', n.nspname, c.relname
