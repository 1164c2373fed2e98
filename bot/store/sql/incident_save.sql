-- What an incident is by now; it was held before.
UPDATE incidents SET
    kind = %(kind)s, stage = %(stage)s, alerts = %(alerts)s, channel = %(channel)s,
    channel_name = %(channel_name)s, no_channel = %(no_channel)s, roles = %(roles)s, evidence = %(evidence)s,
    update = %(update)s, updated_at = %(updated_at)s, reminded_at = %(reminded_at)s,
    drafted_at = %(drafted_at)s, closed_at = %(closed_at)s, closed_by = %(closed_by)s, reason = %(reason)s
WHERE id = %(id)s
RETURNING *
