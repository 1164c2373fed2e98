-- Requests whose time is over.
SELECT id FROM requests
WHERE (state = 'pending' AND decide_by <= clock_timestamp())
    OR (state = 'approved' AND start_by <= clock_timestamp())
ORDER BY id
