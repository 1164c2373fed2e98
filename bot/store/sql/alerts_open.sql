-- What is not over, the oldest first.
SELECT * FROM alerts WHERE resolved_at IS NULL ORDER BY since, id
