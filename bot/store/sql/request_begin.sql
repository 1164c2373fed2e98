-- The approved operation starts in time; nothing where it may not.
UPDATE requests SET state = 'begun'
WHERE id = %(id)s AND (state = 'begun' OR (state = 'approved' AND start_by > clock_timestamp()))
RETURNING *
