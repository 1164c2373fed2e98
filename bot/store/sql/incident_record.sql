-- Add to the timeline, or follow what became of a message that stands there.
INSERT INTO incident_entries (incident, key, at, by, source, text, link)
VALUES (%(incident)s, %(key)s, %(at)s, %(by)s, %(source)s, %(text)s, %(link)s)
ON CONFLICT (incident, key) DO UPDATE SET
    text = excluded.text,
    link = excluded.link,
    edited_at = CASE
        WHEN incident_entries.text = excluded.text THEN incident_entries.edited_at ELSE clock_timestamp()
    END,
    removed_at = NULL
