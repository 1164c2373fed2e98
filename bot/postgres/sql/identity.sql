-- Which database this session is in. A login's own default_transaction_read_only says nothing of the database.
SELECT
    (SELECT system_identifier::text FROM pg_control_system()),
    here.oid::bigint,
    here.datname::text,
    current_setting('server_version_num')::int,
    pg_is_in_recovery(),
    EXISTS (
        SELECT FROM pg_settings
        WHERE name = 'default_transaction_read_only' AND setting = 'on'
            AND source NOT IN ('user', 'database user', 'client', 'session')
    )
FROM pg_database here
WHERE here.datname = current_database()
