-- Whether the marker's schema is there, and its table.
SELECT
    EXISTS (SELECT FROM pg_namespace WHERE nspname = 'secondkey'),
    EXISTS (
        SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'secondkey' AND c.relname = 'marker'
    )
