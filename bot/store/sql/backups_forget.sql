-- Empty the catalogue, to be filled again from the repository.
DELETE FROM backups
