-- Which of these databases are there, and whether they let anybody in.
SELECT datname::text, oid::bigint, datallowconn FROM pg_database WHERE datname = ANY (%(names)s::text[])
