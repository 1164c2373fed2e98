-- An alert as it stands.
INSERT INTO alerts (
    id, matter, database, subject, sightings, sure, done, backup_id, since, seen_at, aloud_at, gone_at, returns,
    acknowledged_by, escalations, escalated_at, resolved_at
) VALUES (
    %(id)s, %(matter)s, %(database)s, %(subject)s, %(sightings)s, %(sure)s, %(done)s, %(backup_id)s,
    %(since)s, %(seen_at)s, %(aloud_at)s, %(gone_at)s, %(returns)s,
    %(acknowledged_by)s, %(escalations)s, %(escalated_at)s, %(resolved_at)s
)
ON CONFLICT (id) DO UPDATE SET
    sightings = excluded.sightings, sure = excluded.sure, done = excluded.done,
    backup_id = excluded.backup_id, seen_at = excluded.seen_at, aloud_at = excluded.aloud_at,
    gone_at = excluded.gone_at, returns = excluded.returns, acknowledged_by = excluded.acknowledged_by,
    escalations = excluded.escalations, escalated_at = excluded.escalated_at,
    resolved_at = excluded.resolved_at
