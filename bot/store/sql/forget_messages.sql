-- Messages that Slack has had for long, or refused, and that nothing updates any more.
DELETE FROM outbox
WHERE NOT pending AND coalesce(delivered_at, begun_at) < clock_timestamp() - interval '30 days'
