-- This backup stays, whatever the policy says.
INSERT INTO backup_pins (backup_id, database, by, reason) VALUES (%(id)s, %(database)s, %(by)s, %(reason)s)
ON CONFLICT (backup_id) DO NOTHING
