-- Whoever reports or settles the same cause at the same time waits.
SELECT pg_advisory_xact_lock(hashtextextended('alert/' || %(key)s, 0))
