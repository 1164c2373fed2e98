-- Whether this is a standby, and the timeline, which a promotion begins anew.
SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END
