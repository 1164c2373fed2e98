-- One backup.
SELECT manifest::text, proof::text FROM backups WHERE id = %(id)s
