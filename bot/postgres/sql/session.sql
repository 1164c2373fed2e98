-- A session of ours: times in UTC as ISO writes them, no limit of the server that ends an idle snapshot
-- under a dump, and only tables are read. Unknown settings of older servers are passed over.
SELECT set_config(ours.name, ours.value, false)
FROM (VALUES
    ('TimeZone', 'UTC'),
    ('DateStyle', 'ISO'),
    ('statement_timeout', '0'),
    ('idle_in_transaction_session_timeout', '0'),
    ('idle_session_timeout', '0'),
    ('transaction_timeout', '0'),
    -- What was a table a moment ago may be a view by now, which runs what it is made of.
    ('restrict_nonsystem_relation_kind', 'view, foreign-table'),
    -- Compiling a statement over hundreds of tables takes longer than running it.
    ('jit', 'off')
) AS ours (name, value)
JOIN pg_settings known ON known.name = ours.name
