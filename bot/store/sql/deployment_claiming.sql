-- The deployment that stands between a database and the next one.
SELECT * FROM deployments WHERE database = %(database)s AND stage IN ('gate', 'open')
