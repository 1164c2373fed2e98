-- The newest operation of one kind that ended well.
SELECT
    id, kind, database, progress, requested_by, request, result, problem, hint, refused,
    created_at, started_at, finished_at, attempt
FROM operations
WHERE database = %(database)s AND kind = %(kind)s AND progress = 'done'
ORDER BY created_at DESC, id
LIMIT 1
