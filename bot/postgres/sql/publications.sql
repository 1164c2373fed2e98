-- What is published here; a restore leaves it behind.
SELECT pubname::text FROM pg_publication ORDER BY pubname
