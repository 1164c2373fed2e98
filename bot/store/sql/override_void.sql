UPDATE overrides SET void_because = %(because)s WHERE id = %(id)s AND used_by IS NULL
