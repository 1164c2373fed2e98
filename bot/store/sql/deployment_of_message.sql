-- The deployment whose message stands there.
SELECT deployments.* FROM deployments JOIN outbox ON outbox.key = deployments.id
WHERE outbox.posted_channel = %(channel)s AND outbox.ts = %(ts)s
