-- The schemas that there are.
SELECT nspname FROM pg_namespace
