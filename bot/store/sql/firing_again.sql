-- Begin again what failed, whichever replica comes first; no row where that was done.
UPDATE schedule_firings SET again = again + 1
WHERE schedule = %(schedule)s AND at = %(at)s AND operation = %(failed)s
RETURNING at
