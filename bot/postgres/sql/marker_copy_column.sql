-- What only the marker of a copy has: which backup it was restored from.
ALTER TABLE secondkey.marker ADD COLUMN copy_of text NOT NULL
