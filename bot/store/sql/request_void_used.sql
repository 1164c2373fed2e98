-- It was used up, and whoever acted put everything back: it was not what was approved.
UPDATE requests SET state = 'void', problem = %(problem)s, decided_at = clock_timestamp()
WHERE id = %(id)s AND state = 'used'
RETURNING *
