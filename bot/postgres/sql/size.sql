-- How large this database is, and when its change counters began anew.
SELECT pg_database_size(oid), pg_stat_get_db_stat_reset_time(oid)
FROM pg_database WHERE datname = current_database()
