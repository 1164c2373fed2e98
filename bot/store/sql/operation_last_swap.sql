-- The newest restore or undo of a database that went live, proven or not.
SELECT
    id, kind, database, progress, requested_by, request, result, problem, hint, refused,
    created_at, started_at, finished_at, attempt
FROM operations
WHERE database = %(database)s AND kind IN ('restore', 'undo')
    AND (progress = 'done' OR result -> 'facts' ? 'failed_check')
ORDER BY created_at DESC, id
LIMIT 1
