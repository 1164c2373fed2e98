-- What was said in its thread stays where it was said.
DELETE FROM outbox WHERE parent = %(key)s AND posted_channel IS NOT NULL
