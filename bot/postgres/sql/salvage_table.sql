-- The lock that pg_dump takes of each table, of one table alone.
LOCK TABLE ONLY {relation} IN ACCESS SHARE MODE
