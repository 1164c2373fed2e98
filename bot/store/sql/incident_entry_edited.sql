-- The message says something else by now, in every timeline that has it.
UPDATE incident_entries SET text = %(text)s, edited_at = clock_timestamp()
WHERE key = %(key)s AND text <> %(text)s
