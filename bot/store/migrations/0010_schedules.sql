-- What schedules began, and since when each is known: what was due before that was never missed.
ALTER TABLE schedule_firings
    ADD COLUMN fired_at timestamptz,
    -- nobody acted on it when it was due
    ADD COLUMN made_up boolean NOT NULL DEFAULT false,
    -- times due before it that nobody ever acted on
    ADD COLUMN skipped integer NOT NULL DEFAULT 0,
    -- the id of what it began; empty where that is no operation
    ADD COLUMN operation text NOT NULL DEFAULT '',
    -- the operation had been asked for by others, and was under way
    ADD COLUMN joined boolean NOT NULL DEFAULT false,
    -- why nothing could begin, and the next move; empty where it did
    ADD COLUMN problem text NOT NULL DEFAULT '',
    ADD COLUMN hint text NOT NULL DEFAULT '';
UPDATE schedule_firings SET fired_at = at;
ALTER TABLE schedule_firings
    ALTER COLUMN fired_at SET DEFAULT clock_timestamp(),
    ALTER COLUMN fired_at SET NOT NULL;

CREATE TABLE schedules (
    name text PRIMARY KEY,
    -- when it is due, in words that change when that does
    times text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
