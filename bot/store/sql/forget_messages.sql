-- Messages that Slack has had for long, or refused, and that nothing updates any more: those of an alert or an
-- incident that is open would be posted anew.
DELETE FROM outbox
WHERE NOT pending AND coalesce(delivered_at, begun_at) < clock_timestamp() - interval '30 days'
    AND NOT EXISTS (SELECT FROM alerts WHERE alerts.id = split_part(outbox.key, ':', 1) AND resolved_at IS NULL)
    AND NOT EXISTS (SELECT FROM incidents WHERE incidents.id = split_part(outbox.key, ':', 1) AND stage = 'open')
