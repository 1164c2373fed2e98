-- The rows of one table alone, its bytes, and the file that they are in by now.
SELECT {number}, count(*), pg_total_relation_size({relation}::regclass), pg_relation_filenode({relation}::regclass)::bigint
FROM ONLY {table}
