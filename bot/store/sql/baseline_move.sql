-- A verdict that did not block moves the state on; what people pinned stays pinned.
UPDATE baselines SET state = %(state)s, saved_at = clock_timestamp(), saved_by = %(by)s
WHERE database = %(database)s
