-- Alerts that were over long ago, unless an incident refers to them.
DELETE FROM alerts
WHERE resolved_at < clock_timestamp() - interval '30 days'
    AND NOT EXISTS (SELECT FROM incidents WHERE incidents.alerts @> to_jsonb(alerts.id))
