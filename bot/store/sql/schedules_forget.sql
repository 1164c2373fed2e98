-- Schedules that are switched off: what is due meanwhile is not missed.
DELETE FROM schedules WHERE name <> ALL(%(names)s)
