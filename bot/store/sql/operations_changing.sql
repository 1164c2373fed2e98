-- The open operations that hold or want the right to change a protected database, the oldest first.
-- An early drop that only asks, and has its `act` yet to be approved, holds nothing.
SELECT
    id, kind, database, progress, requested_by, request, result, problem, hint, refused,
    created_at, started_at, finished_at, attempt
FROM operations
WHERE database = %(database)s AND kind IN ('preparation', 'restore', 'undo', 'drop', 'early-drop')
    AND progress IN ('waiting', 'running')
    AND NOT (kind = 'early-drop' AND request ? 'act')
ORDER BY created_at
