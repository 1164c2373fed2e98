-- Take the posted request that is to be looked at next; whoever takes it and dies is made up for later.
WITH due AS (
    SELECT id FROM requests
    WHERE look_at <= clock_timestamp() AND ts IS NOT NULL
    ORDER BY look_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE requests SET look_at = CASE WHEN state IN ('pending', 'approved', 'begun')
    THEN clock_timestamp() + make_interval(secs => %(again)s) END
FROM due WHERE requests.id = due.id
RETURNING requests.id
