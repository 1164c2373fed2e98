-- The row that says which database this is. Only a copy made for a rehearsal has the column that says so.
SELECT id::text, system_identifier::text, database_oid::bigint, coalesce(to_jsonb(marker) ->> 'copy_of', '')
FROM secondkey.marker ORDER BY written_at DESC LIMIT 1
