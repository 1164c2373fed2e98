SELECT key, at, recorded_at, by, source, text, link, edited_at, removed_at
FROM incident_entries WHERE incident = %(incident)s ORDER BY at, recorded_at, key
