-- In which of these tablespaces the login may create.
SELECT spcname::text FROM pg_tablespace
WHERE spcname = ANY (%(names)s::text[]) AND has_tablespace_privilege(oid, 'CREATE')
