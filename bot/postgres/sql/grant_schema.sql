-- Lets the owners of tables be given them before the archive's own grants, which come last.
GRANT CREATE, USAGE ON SCHEMA {schema} TO {roles}
