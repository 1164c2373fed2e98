-- What was said in its thread stays where it was said.
DELETE FROM outbox WHERE parent = %(key)s
