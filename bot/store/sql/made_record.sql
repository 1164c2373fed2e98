-- Remember a database that a restore made or set aside.
INSERT INTO made_databases (
    operation, kind, database, name, oid, system_identifier, source, checksum, marker, keep_until
) VALUES (
    %(operation)s, %(kind)s, %(database)s, %(name)s, %(oid)s, %(system_identifier)s, %(source)s, %(checksum)s,
    %(marker)s, clock_timestamp() + %(keep)s
)
ON CONFLICT (operation, kind) DO UPDATE SET
    name = EXCLUDED.name, oid = EXCLUDED.oid, system_identifier = EXCLUDED.system_identifier,
    source = EXCLUDED.source, checksum = EXCLUDED.checksum, marker = EXCLUDED.marker,
    keep_until = EXCLUDED.keep_until, gone_at = NULL
