-- Record an operation that was asked for; refused by an index where a backup or a drill of the database is open.
INSERT INTO operations (id, kind, database, requested_by, request)
VALUES (%(id)s, %(kind)s, %(database)s, %(requested_by)s, %(request)s)
RETURNING
    id, kind, database, progress, requested_by, request, result, problem, hint, refused,
    created_at, started_at, finished_at, attempt
