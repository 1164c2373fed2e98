SELECT * FROM deployments WHERE database = ANY(%(databases)s) ORDER BY created_at DESC LIMIT %(limit)s
