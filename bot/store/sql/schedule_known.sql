-- Since when a schedule is due at these times; from now on where they are new.
INSERT INTO schedules (name, times) VALUES (%(name)s, %(times)s)
ON CONFLICT (name) DO UPDATE SET
    times = excluded.times,
    since = CASE WHEN schedules.times = excluded.times THEN schedules.since ELSE clock_timestamp() END
