UPDATE overrides SET used_by = %(deployment)s
WHERE id = %(id)s AND used_by IS NULL AND void_because IS NULL AND valid_until > clock_timestamp()
