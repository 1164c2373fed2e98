-- Who answers. Asked before the session is ours, so the schema is named.
SELECT pg_catalog.pg_backend_pid()
