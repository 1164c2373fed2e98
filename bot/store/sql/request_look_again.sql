-- Slack did not answer about a request: it is asked again.
UPDATE requests SET look_at = clock_timestamp() WHERE id = %(id)s
