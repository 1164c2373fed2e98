DELETE FROM freezes WHERE scope = %(scope)s RETURNING scope
