-- The marker of a copy: it names its origin's place, where it does not lie, and says of what it is a copy.
INSERT INTO secondkey.marker (id, system_identifier, database_oid, copy_of)
VALUES (%(id)s, %(system_identifier)s, %(database_oid)s, %(copy_of)s)
