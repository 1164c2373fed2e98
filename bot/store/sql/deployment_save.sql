-- What a deployment is by now; only while it stands at the gate or is open, so that it ends once.
UPDATE deployments SET
    stage = %(stage)s, light = %(light)s, findings = %(findings)s, meant = %(meant)s,
    backup_id = %(backup_id)s, override = %(override)s, overridden_by = %(overridden_by)s,
    title = %(title)s, lines = %(lines)s, ticks = ticks || %(ticks)s::jsonb, outcome = %(outcome)s,
    opened_at = CASE WHEN %(stage)s = 'open' THEN coalesce(opened_at, clock_timestamp()) ELSE opened_at END,
    expires_at = CASE
        WHEN %(stage)s = 'open' THEN coalesce(expires_at, clock_timestamp() + %(window)s) ELSE expires_at
    END,
    beat_at = CASE WHEN %(stage)s = 'open' AND beat_at IS NOT NULL THEN clock_timestamp() ELSE beat_at END,
    closed_at = CASE WHEN %(stage)s IN ('gate', 'open') THEN NULL ELSE clock_timestamp() END
WHERE id = %(id)s AND stage IN ('gate', 'open')
RETURNING *
