SELECT * FROM incidents WHERE channel = %(channel)s ORDER BY opened_at DESC LIMIT 1
