-- What people accept anew begins without the counts of before.
DELETE FROM baseline_counts WHERE database = %(database)s
