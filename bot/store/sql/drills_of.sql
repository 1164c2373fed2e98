-- What came of the backups that one operation restored.
SELECT operation, database, backup_id, bytes, age, gap, place, seconds, problem, at FROM drills
WHERE operation = %(operation)s
