-- The request of a database that is open.
SELECT * FROM requests WHERE database = %(database)s AND state IN ('pending', 'approved', 'begun')
