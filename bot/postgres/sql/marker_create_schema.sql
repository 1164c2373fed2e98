-- A schema of Secondkey's own: in `public` a migration tool would see drift.
CREATE SCHEMA secondkey
