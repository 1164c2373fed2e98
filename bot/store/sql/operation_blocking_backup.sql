-- The backup of this database that is open, and since when.
SELECT id, created_at FROM operations
WHERE database = %(database)s AND kind = 'backup' AND progress IN ('waiting', 'running')
    AND request ->> 'kind' IS DISTINCT FROM 'emergency'
