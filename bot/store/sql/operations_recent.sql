-- The newest operations, of one database or of all.
SELECT
    id, kind, database, progress, requested_by, request, result, problem, hint, refused,
    created_at, started_at, finished_at, attempt
FROM operations
WHERE %(database)s::text IS NULL OR database = %(database)s
ORDER BY created_at DESC, id
LIMIT %(limit)s
