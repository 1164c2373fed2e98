-- How often what a schedule began failed, and was begun again.
ALTER TABLE schedule_firings ADD COLUMN again integer NOT NULL DEFAULT 0;
