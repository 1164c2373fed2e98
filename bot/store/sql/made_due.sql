-- The databases whose time has come, or comes so soon.
SELECT operation, kind, database, name, oid, system_identifier, source, checksum, made_at, keep_until, announced_at
FROM made_databases
WHERE gone_at IS NULL AND keep_until < clock_timestamp() + %(ahead)s
ORDER BY keep_until
