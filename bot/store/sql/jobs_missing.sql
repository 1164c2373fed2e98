-- Defer the open operations whose runner gave no sign of life and that no job takes up: those of a command
-- line or a process that died, and those whose job ended while the bot's own database was away.
WITH missing AS MATERIALIZED (
    SELECT
        id,
        kind IN ('traffic-stop', 'incident-open')
            OR kind = 'backup' AND request ->> 'kind' = 'emergency' AS emergency
    FROM operations
    WHERE progress IN ('waiting', 'running')
        AND heartbeat < clock_timestamp() - make_interval(secs => %(stale)s)
        AND NOT EXISTS (
            SELECT FROM procrastinate_jobs job
            WHERE job.args ->> 'operation' = operations.id
                AND (job.status = 'todo' OR (job.status = 'doing' AND EXISTS (
                    SELECT FROM procrastinate_events event
                    WHERE event.job_id = job.id
                        AND event.at > clock_timestamp() - make_interval(secs => %(stale)s)
                )))
        )
    ORDER BY id
    FOR UPDATE SKIP LOCKED
)
SELECT procrastinate_defer_jobs_v1(array_agg(ROW(
    CASE WHEN emergency THEN %(emergency_queue)s ELSE %(queue)s END,
    %(task)s,
    CASE WHEN emergency THEN %(emergency_priority)s ELSE 0 END,
    NULL,
    NULL,
    jsonb_build_object('operation', id),
    NULL
)::procrastinate_job_to_defer_v1))
FROM missing HAVING count(*) > 0
