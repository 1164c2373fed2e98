-- The snapshot that pg_dump is given, and the moment of it.
SELECT pg_export_snapshot(), transaction_timestamp()
