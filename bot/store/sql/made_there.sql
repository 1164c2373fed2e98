-- The databases of one kind that are there for a protected one, the newest first.
SELECT operation, kind, database, name, oid, system_identifier, source, checksum, made_at, keep_until, announced_at
FROM made_databases
WHERE database = %(database)s AND kind = %(kind)s AND gone_at IS NULL
ORDER BY made_at DESC
