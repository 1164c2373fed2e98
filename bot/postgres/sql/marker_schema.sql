-- Whether the marker's schema is there, and its table; and whether the table is ours to change.
SELECT
    EXISTS (SELECT FROM pg_namespace WHERE nspname = 'secondkey'),
    EXISTS (
        SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'secondkey' AND c.relname = 'marker'
    )
