-- What pg_dump leaves out of a database. Columns that some majors lack or renamed are looked up as JSON.
SELECT
    pg_get_userbyid(d.datdba)::text,
    pg_encoding_to_char(d.encoding)::text,
    coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'),
    d.datcollate::text,
    d.datctype::text,
    coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
    t.spcname::text,
    d.datconnlimit,
    shobj_description(d.oid, 'pg_database'),
    coalesce(d.datacl::text[], '{}')
FROM pg_database d
JOIN pg_tablespace t ON t.oid = d.dattablespace
WHERE d.datname = coalesce(%(database)s::text, current_database())
