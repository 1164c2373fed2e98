-- The rows of one table alone, and the file that they are in by now. Whatever is locked for it is locked before it
-- counts: who waits for a lock after having counted could be waited for in turn.
SELECT {number}, count(*), pg_relation_filenode({relation}::regclass)::bigint
FROM ONLY {table}
