-- Put a backup into the catalogue, or what is known of it by now.
INSERT INTO backups (id, database, created_at, manifest, proof)
VALUES (%(id)s, %(database)s, %(created_at)s, %(manifest)s, %(proof)s)
ON CONFLICT (id) DO UPDATE SET
    database = excluded.database, created_at = excluded.created_at, manifest = excluded.manifest,
    proof = excluded.proof
