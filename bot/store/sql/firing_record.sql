-- Act on a fire time once, whichever replica comes first; no row where it was acted on.
INSERT INTO schedule_firings (schedule, at) VALUES (%(schedule)s, %(at)s) ON CONFLICT DO NOTHING RETURNING at
