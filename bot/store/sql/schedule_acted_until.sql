-- Since when nobody looked whether something was due; no row where the schedule is not known.
SELECT greatest(since, (SELECT max(at) FROM schedule_firings WHERE schedule = name))
FROM schedules WHERE name = %(name)s
