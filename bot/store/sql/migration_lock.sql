-- One process at a time brings the schema up to date; held until the session ends.
SELECT pg_advisory_lock(hashtextextended('secondkey:migrations', 0))
