-- Keep others from changing a database's baseline until this transaction ends, where there is none yet as well.
SELECT pg_advisory_xact_lock(hashtextextended('secondkey baseline ' || %(database)s::text, 0))
