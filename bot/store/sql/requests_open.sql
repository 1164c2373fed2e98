-- Every open request, the oldest first.
SELECT * FROM requests WHERE state IN ('pending', 'approved', 'begun') ORDER BY created_at, id
