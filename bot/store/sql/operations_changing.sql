-- The open operations that hold or want the right to change a protected database, the oldest first.
SELECT
    id, kind, database, progress, requested_by, request, result, problem, hint, refused,
    created_at, started_at, finished_at, attempt
FROM operations
WHERE database = %(database)s AND kind IN ('preparation', 'restore', 'undo', 'drop', 'early-drop')
    AND progress IN ('waiting', 'running')
ORDER BY created_at
