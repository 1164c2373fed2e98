-- One backup.
SELECT manifest::text, proof::text, corrupt FROM backups WHERE id = %(id)s
