-- The newest alert of a cause, whether it is over or not.
SELECT * FROM alerts
WHERE matter = %(matter)s AND database = %(database)s AND subject = %(subject)s
ORDER BY since DESC, id LIMIT 1
