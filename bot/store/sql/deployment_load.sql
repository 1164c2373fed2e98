SELECT * FROM deployments WHERE id = %(id)s
