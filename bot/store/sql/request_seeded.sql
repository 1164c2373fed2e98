-- The emoji to tap are there.
UPDATE requests SET seeded = true WHERE id = %(id)s
