-- Takes back what was given before the archive's own grants.
REVOKE CREATE, USAGE ON SCHEMA {schema} FROM {roles}
