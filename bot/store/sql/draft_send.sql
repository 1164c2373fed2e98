-- A person said that it may go out; nothing where somebody did before.
UPDATE incident_drafts SET sent_by = %(by)s, sent_at = clock_timestamp()
WHERE id = %(id)s AND sent_at IS NULL RETURNING *
