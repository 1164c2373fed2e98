-- Takes back what was granted for making foreign servers.
REVOKE USAGE ON FOREIGN DATA WRAPPER {wrapper} FROM {roles}
