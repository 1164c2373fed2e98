-- The backup of this database that is open, and whether nobody will ever run it: its process gave no sign of
-- life for a while, and no job will take it up.
SELECT
    id, created_at,
    heartbeat < clock_timestamp() - make_interval(secs => %(stale)s)
    AND NOT EXISTS (
        SELECT FROM procrastinate_jobs job
        WHERE job.args ->> 'operation' = operations.id AND job.status IN ('todo', 'doing')
    ) AS abandoned
FROM operations
WHERE database = %(database)s AND kind = 'backup' AND progress IN ('waiting', 'running')
    AND request ->> 'kind' IS DISTINCT FROM 'emergency'
FOR UPDATE
