-- What the operation says while people decide; nothing once they did.
UPDATE requests SET notes = %(notes)s WHERE id = %(id)s AND state = 'pending'
RETURNING *
