-- The newest request of this kind for a database, whatever became of it.
SELECT * FROM requests WHERE database = %(database)s AND kind = %(kind)s
ORDER BY created_at DESC, id LIMIT 1
