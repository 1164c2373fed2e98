-- How many operations of a kind somebody asked for since then.
SELECT count(*) FROM operations
WHERE requested_by = %(by)s AND kind = %(kind)s AND created_at >= %(since)s
