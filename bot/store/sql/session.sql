-- A session of ours: times in UTC as ISO writes them, and a paused process keeps no lock for ever.
SELECT set_config(ours.name, ours.value, false)
FROM (VALUES
    ('TimeZone', 'UTC'),
    ('DateStyle', 'ISO'),
    ('default_transaction_isolation', 'read committed'),
    ('default_transaction_read_only', 'off'),
    ('statement_timeout', '0'),
    ('idle_in_transaction_session_timeout', '60s'),
    ('idle_session_timeout', '0'),
    ('transaction_timeout', '0')
) AS ours (name, value)
JOIN pg_settings known ON known.name = ours.name
