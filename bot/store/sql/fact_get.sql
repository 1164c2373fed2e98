-- What is known under this name.
SELECT value FROM facts WHERE name = %(name)s
