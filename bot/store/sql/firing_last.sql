-- The last fire time that was acted on.
SELECT max(at) FROM schedule_firings WHERE schedule = %(schedule)s
