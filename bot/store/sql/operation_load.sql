-- One operation.
SELECT
    id, kind, database, progress, requested_by, request, result, problem, hint, refused,
    created_at, started_at, finished_at, attempt
FROM operations WHERE id = %(id)s
