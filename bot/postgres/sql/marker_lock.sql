-- One adoption of a database at a time, whatever of the marker's place is there yet.
SELECT pg_advisory_xact_lock(hashtextextended('secondkey marker', 0))
