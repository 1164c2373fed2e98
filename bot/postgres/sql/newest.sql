-- The newest value of a column, with its type.
SELECT max({column}), pg_typeof(max({column}))::text FROM {table}
