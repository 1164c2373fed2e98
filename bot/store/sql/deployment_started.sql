INSERT INTO deployment_starts (deployment, state, schema) VALUES (%(id)s, %(state)s, %(schema)s)
