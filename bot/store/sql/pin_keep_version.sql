-- What the message said until now, where it says something else by now.
INSERT INTO incident_entry_versions (incident, key, text)
SELECT incident, key, text FROM incident_entries WHERE key = %(key)s AND text <> %(text)s
