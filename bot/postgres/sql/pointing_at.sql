-- The foreign keys into these tables, and into what they are partitions of: without all of their rows none holds.
WITH RECURSIVE target (oid) AS (
    SELECT unnest(%(oids)s::bigint[])::oid
    UNION
    SELECT i.inhparent FROM target JOIN pg_inherits i ON i.inhrelid = target.oid
)
SELECT 'pg_constraint'::regclass::oid::bigint, c.oid::bigint
FROM pg_constraint c
JOIN target ON target.oid = c.confrelid
WHERE c.contype = 'f'
