-- When each database was looked at last, and how long that took.
SELECT database, looked_at, took FROM watch WHERE looked_at IS NOT NULL
