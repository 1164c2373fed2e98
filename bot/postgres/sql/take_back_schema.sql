-- What was lent is taken back before the archive's own grants.
REVOKE CREATE ON SCHEMA {schema} FROM {role}
