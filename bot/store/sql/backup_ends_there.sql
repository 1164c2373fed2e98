-- Which ends were announced, and when.
SELECT backup_id, announced_at FROM backup_ends WHERE database = %(database)s
