-- Act on a fire time once, whichever replica comes first; no row where it was acted on.
INSERT INTO schedule_firings (schedule, at, made_up, skipped)
VALUES (%(schedule)s, %(at)s, %(made_up)s, %(skipped)s)
ON CONFLICT DO NOTHING RETURNING at
