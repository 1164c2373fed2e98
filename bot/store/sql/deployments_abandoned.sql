-- What stands at the gate although its operation has ended, nobody is left who would go on with it, or the
-- process that asked for it was gone before it began.
SELECT deployments.id, problem FROM deployments JOIN operations ON operations.id = deployments.id
WHERE stage = 'gate' AND (
    progress IN ('done', 'failed')
    OR coalesce(heartbeat, beat_at) < clock_timestamp() - make_interval(secs => %(silence)s)
)
FOR UPDATE OF deployments
