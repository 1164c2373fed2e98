-- Where new databases lie unless told otherwise, which takes no right.
SELECT t.spcname::text FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
WHERE d.datname = 'template0'
