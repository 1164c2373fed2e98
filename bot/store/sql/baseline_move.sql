-- A verdict that did not block moves the state on; the identity that people pinned stays pinned.
UPDATE baselines SET
    state = jsonb_set(%(state)s, '{identity}', state -> 'identity'),
    saved_at = clock_timestamp(), saved_by = %(by)s
WHERE database = %(database)s
