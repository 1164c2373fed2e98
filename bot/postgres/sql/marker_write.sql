-- The row that says which database this is, in place of any other.
INSERT INTO secondkey.marker (id, system_identifier, database_oid)
VALUES (%(id)s, %(system_identifier)s, %(database_oid)s)
ON CONFLICT (only_row) DO UPDATE
SET id = excluded.id, system_identifier = excluded.system_identifier, database_oid = excluded.database_oid,
    written_at = now()
