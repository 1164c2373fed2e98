-- The message is gone, or nobody wants it in the timeline any more; what it said is kept.
UPDATE incident_entries SET removed_at = clock_timestamp() WHERE key = %(key)s AND removed_at IS NULL
