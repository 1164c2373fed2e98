-- The functions of an extension: schema, name, and schema and name of each argument's type.
SELECT
    n.nspname,
    p.proname,
    ARRAY(
        SELECT ARRAY[tn.nspname::text, t.typname::text]
        FROM unnest(p.proargtypes) WITH ORDINALITY AS argument (type, place)
        JOIN pg_type t ON t.oid = argument.type
        JOIN pg_namespace tn ON tn.oid = t.typnamespace
        ORDER BY argument.place
    )
FROM pg_depend d
JOIN pg_extension e ON e.oid = d.refobjid
JOIN pg_proc p ON p.oid = d.objid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE d.classid = 'pg_proc'::regclass
    AND d.refclassid = 'pg_extension'::regclass
    AND d.deptype = 'e'
    AND p.prokind = 'f'
    AND e.extname = ANY(%(names)s)
