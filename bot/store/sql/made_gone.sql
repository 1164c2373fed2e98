-- The database is there no more, or has the live name by now.
UPDATE made_databases SET gone_at = clock_timestamp()
WHERE system_identifier = %(system_identifier)s AND oid = %(oid)s AND gone_at IS NULL
