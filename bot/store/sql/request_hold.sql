-- One request; until the transaction ends, nobody else decides it.
SELECT * FROM requests WHERE id = %(id)s FOR UPDATE
