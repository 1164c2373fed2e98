-- Whoever approved what was pinned, where that took a second person.

ALTER TABLE baselines ADD COLUMN approved_by jsonb NOT NULL DEFAULT '[]';
