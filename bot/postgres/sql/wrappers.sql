-- The foreign-data wrappers that extensions brought.
SELECT fdwname::text FROM pg_foreign_data_wrapper
