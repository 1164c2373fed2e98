SELECT * FROM incidents WHERE database = %(database)s AND stage = 'open'
