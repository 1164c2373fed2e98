-- The schemas that hold the data, and whose each is.
SELECT nspname::text, pg_get_userbyid(nspowner)::text
FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
