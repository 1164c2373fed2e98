-- Whoever is given a table must be able to create in its schema at that moment.
GRANT CREATE ON SCHEMA {schema} TO {role}
