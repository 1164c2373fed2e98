-- Keep the counts of a state, where they are the highest of the day.
INSERT INTO baseline_counts (database, day, schema, name, rows)
SELECT %(database)s, clock_timestamp()::date, counted.schema, counted.name, counted.rows
FROM unnest(%(schemas)s::text[], %(names)s::text[], %(rows)s::bigint[]) AS counted (schema, name, rows)
ON CONFLICT (database, day, schema, name) DO UPDATE
SET rows = greatest(baseline_counts.rows, excluded.rows)
