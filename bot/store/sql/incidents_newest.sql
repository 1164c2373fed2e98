SELECT * FROM incidents WHERE database = ANY(%(databases)s) ORDER BY opened_at DESC LIMIT %(limit)s
