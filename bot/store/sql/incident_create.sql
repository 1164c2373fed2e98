-- Open an incident; refused by an index where one of the database is open.
INSERT INTO incidents (id, database, kind, what, opened_by)
VALUES (%(id)s, %(database)s, %(kind)s, %(what)s, %(opened_by)s) RETURNING *
