-- How databases stood before releases whose windows were closed long ago; the reports say what came of them.
DELETE FROM deployment_starts USING deployments
WHERE deployments.id = deployment_starts.deployment
    AND deployments.closed_at < clock_timestamp() - interval '30 days'
