-- When and why a backup of this database failed last; one that was ended with Secondkey did not fail.
SELECT finished_at, problem FROM operations
WHERE database = %(database)s AND kind = 'backup' AND progress = 'failed' AND NOT stopped
ORDER BY finished_at DESC LIMIT 1
