-- The backups of these databases, or of all where none is named; newest first.
SELECT manifest::text, proof::text FROM backups
WHERE cardinality(%(databases)s::text[]) = 0 OR database = ANY (%(databases)s)
ORDER BY created_at DESC, id DESC
