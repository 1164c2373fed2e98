-- Every sequence but those of extensions.
SELECT n.nspname::text, c.relname::text, c.oid::bigint, s.seqincrement
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't'
    AND n.nspname !~ '^pg_'
    AND n.nspname NOT IN ('information_schema', 'secondkey')
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY n.nspname, c.relname
