-- Lets an archive make its foreign servers; their passwords are left out, so that nothing is reached by them.
GRANT USAGE ON FOREIGN DATA WRAPPER {wrapper} TO {roles}
