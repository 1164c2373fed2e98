-- The backups of a database that people pinned, or that something open names, each with what that is.
-- `besides` is whatever asks: an operation, or the request by which it was approved.
SELECT backup.id, holder.what FROM backups backup
JOIN (
    SELECT database, backup_id AS named, 'pinned by ' || by || ': ' || reason AS what FROM backup_pins
    UNION ALL
    SELECT database, request::text || result::text, kind || ' ' || id || ' is open' FROM operations
    WHERE progress IN ('waiting', 'running') AND kind <> 'retention' AND id <> %(besides)s
    UNION ALL
    SELECT database, plan::text || bound, 'request ' || id || ' is open' FROM requests
    WHERE state IN ('pending', 'approved', 'begun') AND id <> %(besides)s
    UNION ALL
    SELECT database, backup_id, 'deployment ' || id || ' is open' FROM deployments
    WHERE stage IN ('gate', 'open')
    UNION ALL
    SELECT database, source, 'a copy of it is kept' FROM made_databases WHERE kind = 'copy' AND gone_at IS NULL
    UNION ALL
    SELECT database, backup_id || sightings::text, 'alert ' || id || ' is open' FROM alerts
    WHERE resolved_at IS NULL
    UNION ALL
    SELECT database, what || coalesce(evidence::text, ''), 'incident ' || id || ' is open' FROM incidents
    WHERE stage = 'open'
) holder ON holder.database = backup.database AND position(backup.id IN holder.named) > 0
WHERE backup.database = %(database)s
