-- Take backups out of the catalogue.
DELETE FROM backups WHERE id = ANY (%(ids)s)
