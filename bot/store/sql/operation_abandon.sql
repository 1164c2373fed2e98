-- Close the backup of this database that nobody will ever run: its process gave no sign of life for a while,
-- and no worker lives that takes such a one up. An emergency one stands in nobody's way.
UPDATE operations SET
    progress = 'failed', attempt = NULL, problem = %(problem)s, hint = %(hint)s, finished_at = clock_timestamp()
WHERE database = %(database)s AND kind = 'backup' AND progress IN ('waiting', 'running')
    AND request ->> 'kind' IS DISTINCT FROM 'emergency'
    AND heartbeat < clock_timestamp() - make_interval(secs => %(stale)s)
    AND NOT EXISTS (
        SELECT FROM procrastinate_workers
        WHERE last_heartbeat >= clock_timestamp() - make_interval(secs => %(stale)s)
    )
RETURNING
    id, kind, database, progress, requested_by, request, result, problem, hint, refused,
    created_at, started_at, finished_at, attempt
