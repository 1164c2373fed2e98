-- The highest count of each table within the last 7 days.
SELECT schema, name, max(rows) FROM baseline_counts
WHERE database = %(database)s AND day >= (clock_timestamp() - interval '7 days')::date
GROUP BY schema, name ORDER BY schema, name
