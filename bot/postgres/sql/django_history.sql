-- A Django history, in the order in which it was written.
SELECT app::text, name::text, applied::timestamptz FROM {table} ORDER BY id::bigint
