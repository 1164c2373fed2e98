-- Nobody waits for the copies of a protected database any more: they are kept so long at most.
UPDATE made_databases SET keep_until = least(keep_until, clock_timestamp() + %(keep)s)
WHERE database = %(database)s AND kind = 'copy' AND gone_at IS NULL
