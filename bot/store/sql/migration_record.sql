-- Remember that a file was applied.
INSERT INTO applied_migrations (source, name) VALUES (%(source)s, %(name)s)
