-- What came of the last times when a schedule was due, the newest first.
SELECT at, fired_at, made_up, skipped, again, operation, joined, problem, hint
FROM schedule_firings WHERE schedule = %(schedule)s
ORDER BY at DESC LIMIT %(limit)s
