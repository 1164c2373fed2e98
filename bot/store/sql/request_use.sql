-- Use the approval up. Once: nothing where it was used before.
UPDATE requests SET state = 'used', look_at = NULL WHERE id = %(id)s AND state = 'begun'
RETURNING *
