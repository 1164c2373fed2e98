-- The lock that makes one session of all the only one to change a database; it is the maintenance database's own.
SELECT pg_try_advisory_lock(hashtextextended('secondkey:' || %(live)s, 0))
