-- Jobs that ended some days ago; the operations' records say what came of them.
DELETE FROM procrastinate_jobs
WHERE status NOT IN ('todo', 'doing') AND NOT EXISTS (
    SELECT FROM procrastinate_events event
    WHERE event.job_id = procrastinate_jobs.id AND event.at > clock_timestamp() - interval '7 days'
)
