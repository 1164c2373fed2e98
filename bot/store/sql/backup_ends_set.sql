-- These are the ones whose end is announced now, and no others of the database.
WITH kept AS (
    DELETE FROM backup_ends WHERE database = %(database)s AND NOT backup_id = ANY (%(ids)s)
)
INSERT INTO backup_ends (backup_id, database)
SELECT id, %(database)s FROM unnest(%(ids)s::text[]) AS ending (id)
ON CONFLICT (backup_id) DO NOTHING
