-- The operation of this kind and database that waits or runs; emergency backups stand for themselves.
SELECT
    id, kind, database, progress, requested_by, request, result, problem, hint, refused,
    created_at, started_at, finished_at, attempt
FROM operations
WHERE database = %(database)s AND kind = %(kind)s AND progress IN ('waiting', 'running')
    AND request ->> 'kind' IS DISTINCT FROM 'emergency'
ORDER BY created_at DESC LIMIT 1
