-- Since when a schedule is due at its times; no row where it is not known.
SELECT since FROM schedules WHERE name = %(name)s
