-- The operation of this kind and database that is open, since when, and whether whoever ran it fell silent.
SELECT
    id, created_at,
    progress = 'running' AND heartbeat < clock_timestamp() - make_interval(secs => %(stale)s)
FROM operations
WHERE database = %(database)s AND kind = %(kind)s AND progress IN ('waiting', 'running')
    AND request ->> 'kind' IS DISTINCT FROM 'emergency'
