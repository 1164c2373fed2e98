-- Keep others from changing a database's floors until this transaction ends, where there are none yet as well.
SELECT pg_advisory_xact_lock(hashtextextended('secondkey retention ' || %(database)s::text, 0))
