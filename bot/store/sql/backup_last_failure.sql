-- When and why a backup of this database failed last.
SELECT finished_at, problem FROM operations
WHERE database = %(database)s AND kind = 'backup' AND progress = 'failed'
ORDER BY finished_at DESC LIMIT 1
