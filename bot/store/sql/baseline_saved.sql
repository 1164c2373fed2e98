-- Since when the baseline of a database is what it is.
SELECT saved_at FROM baselines WHERE database = %(database)s
