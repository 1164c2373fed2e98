-- People were told that the database goes soon.
UPDATE made_databases SET announced_at = clock_timestamp()
WHERE operation = %(operation)s AND kind = %(kind)s AND announced_at IS NULL
