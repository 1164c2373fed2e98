-- Where a message goes by now: it may have been moved since it was first shown.
SELECT channel FROM outbox WHERE key = %(key)s
