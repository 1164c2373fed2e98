-- The timelines that have this message.
SELECT incident FROM incident_entries WHERE key = %(key)s AND removed_at IS NULL
