SELECT * FROM deployments WHERE id = %(id)s FOR UPDATE
