SELECT * FROM incidents WHERE id = %(id)s FOR UPDATE
