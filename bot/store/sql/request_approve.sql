-- Enough people said yes in time. Once: nothing where it was decided before.
UPDATE requests SET
    state = 'approved', decided_at = clock_timestamp(), start_by = clock_timestamp() + start_within
WHERE id = %(id)s AND state = 'pending' AND decide_by > clock_timestamp()
RETURNING *
