-- The newest drills of a database; of those that one operation did, that of the newest backup comes first.
SELECT operation, database, backup_id, bytes, age, gap, place, seconds, problem, at FROM drills
WHERE database = %(database)s
ORDER BY max(at) OVER (PARTITION BY operation) DESC, operation, age
LIMIT %(limit)s
