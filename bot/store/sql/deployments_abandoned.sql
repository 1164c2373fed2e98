-- What stands at the gate although its operation has ended, or nobody is left who would go on with it.
UPDATE deployments SET stage = 'failed', closed_at = clock_timestamp()
FROM operations
WHERE operations.id = deployments.id AND stage = 'gate' AND (
    operations.progress IN ('done', 'failed')
    OR operations.heartbeat < clock_timestamp() - make_interval(secs => %(silence)s)
)
RETURNING deployments.id
