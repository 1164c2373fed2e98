-- Take or keep the watch over a database, unless another replica keeps it.
INSERT INTO watch (database, watcher, kept_until)
VALUES (%(database)s, %(watcher)s, clock_timestamp() + %(lease)s)
ON CONFLICT (database) DO UPDATE SET watcher = excluded.watcher, kept_until = excluded.kept_until
WHERE watch.watcher = excluded.watcher OR watch.kept_until < clock_timestamp()
