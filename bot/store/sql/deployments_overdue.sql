-- Windows that nobody closed in their time, and those whose process fell silent.
SELECT
    deployments.id,
    beat_at IS NOT NULL AND beat_at < clock_timestamp() - make_interval(secs => %(silence)s) AS silent
FROM deployments
WHERE stage = 'open' AND (
    (beat_at IS NULL AND expires_at < clock_timestamp())
    OR beat_at < clock_timestamp() - make_interval(secs => %(silence)s)
) AND NOT EXISTS (
    SELECT FROM operations
    WHERE kind = 'deployment-end' AND progress IN ('waiting', 'running')
        AND operations.request ->> 'deployment' = deployments.id
)
