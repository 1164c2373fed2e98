-- The row that says which database this is.
SELECT id::text, system_identifier::text, database_oid::bigint
FROM secondkey.marker ORDER BY written_at DESC LIMIT 1
