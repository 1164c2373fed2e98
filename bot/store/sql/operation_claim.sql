-- Take an operation that waits, or whose runner gave no sign of life, for one more attempt.
-- Where there were too many already, it has failed; a restore is never left where it is.
WITH takeable AS (
    SELECT id, attempts >= %(most)s AND kind NOT IN ('restore', 'undo') AS given_up FROM operations
    WHERE id = %(id)s AND (
        progress = 'waiting'
        OR (progress = 'running' AND heartbeat < clock_timestamp() - make_interval(secs => %(stale)s))
    )
    FOR UPDATE
)
UPDATE operations SET
    progress = CASE WHEN given_up THEN 'failed' ELSE 'running' END,
    attempt = CASE WHEN given_up THEN NULL ELSE %(token)s END,
    attempts = attempts + CASE WHEN given_up THEN 0 ELSE 1 END,
    started_at = coalesce(started_at, clock_timestamp()),
    heartbeat = clock_timestamp(),
    problem = CASE WHEN given_up THEN %(problem)s ELSE problem END,
    hint = CASE WHEN given_up THEN %(hint)s ELSE hint END,
    finished_at = CASE WHEN given_up THEN clock_timestamp() END
FROM takeable WHERE operations.id = takeable.id
RETURNING
    operations.id, kind, database, progress, requested_by, request, result, problem, hint, refused,
    created_at, started_at, finished_at, attempt
