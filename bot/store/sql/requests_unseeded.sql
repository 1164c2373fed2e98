-- The posted requests below which the emoji to tap are missing.
SELECT * FROM requests WHERE state = 'pending' AND ts IS NOT NULL AND NOT seeded ORDER BY created_at, id
