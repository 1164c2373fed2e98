-- What was not said yet, and may not be said where its message goes now.
DELETE FROM outbox WHERE parent = %(key)s AND posted_channel IS NULL AND key ^@ ANY(%(unsaid)s)
