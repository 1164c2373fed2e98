-- What is bound to this very database, and stays with it: its publications, and its disabled subscriptions.
SELECT
    ARRAY(SELECT pubname::text FROM pg_publication ORDER BY pubname),
    ARRAY(
        SELECT subname::text FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
        WHERE d.datname = current_database() AND NOT s.subenabled ORDER BY subname
    )
