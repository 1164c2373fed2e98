-- The emoji to tap is there.
UPDATE alerts SET seeded = true WHERE id = %(id)s
