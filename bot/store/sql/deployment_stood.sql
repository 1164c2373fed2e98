SELECT state::text, schema FROM deployment_starts WHERE deployment = %(id)s
