-- One request.
SELECT * FROM requests WHERE id = %(id)s
