-- What was said in its thread stays where it was said; what was not said yet goes with it, unless it may not.
DELETE FROM outbox WHERE parent = %(key)s AND (posted_channel IS NOT NULL OR NOT %(unsent_go)s)
