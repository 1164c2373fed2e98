-- Where these sequences are; NULL for one that was never used, or that this login may not read.
SELECT
    wanted.oid,
    CASE WHEN has_schema_privilege(c.relnamespace, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT, USAGE')
    THEN pg_sequence_last_value(c.oid) END
FROM unnest(%(oids)s::bigint[]) AS wanted (oid)
JOIN pg_class c ON c.oid = wanted.oid
