-- What stays bound to the database that is set aside, or keeps it from being renamed.
SELECT
    ARRAY(SELECT slot_name::text FROM pg_replication_slots WHERE database = %(live)s ORDER BY slot_name),
    ARRAY(
        SELECT subname::text FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
        WHERE d.datname = %(live)s AND s.subenabled ORDER BY subname
    ),
    ARRAY(SELECT gid FROM pg_prepared_xacts WHERE database = %(live)s ORDER BY gid)
