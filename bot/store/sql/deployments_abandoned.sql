-- What stands at the gate although its operation has ended, or nobody is left who would go on with it: what a
-- process asked for and does not run begins with nobody else, what a person asked for waits for a worker.
SELECT deployments.id, problem FROM deployments JOIN operations ON operations.id = deployments.id
WHERE stage = 'gate' AND (
    progress IN ('done', 'failed')
    OR (progress = 'running' OR beat_at IS NOT NULL)
        AND heartbeat < clock_timestamp() - make_interval(secs => %(silence)s)
)
FOR UPDATE OF deployments
