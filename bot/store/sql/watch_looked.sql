-- Somebody looked at a database just now.
INSERT INTO watch (database, watcher, kept_until, looked_at, took)
VALUES (%(database)s, '', clock_timestamp(), clock_timestamp(), %(took)s)
ON CONFLICT (database) DO UPDATE SET looked_at = excluded.looked_at, took = excluded.took
