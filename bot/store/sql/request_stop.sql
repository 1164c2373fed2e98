-- It will never be carried out; nothing where it is too late for that.
UPDATE requests SET
    state = %(state)s, denied_by = %(denied_by)s, problem = %(problem)s, look_at = NULL,
    decided_at = clock_timestamp()
WHERE id = %(id)s AND state IN ('pending', 'approved', 'begun')
RETURNING *
