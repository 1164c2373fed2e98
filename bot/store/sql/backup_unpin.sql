-- Its time counts again.
DELETE FROM backup_pins WHERE backup_id = %(id)s
