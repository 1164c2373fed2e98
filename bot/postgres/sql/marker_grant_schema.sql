-- Everybody may look into the marker's schema.
GRANT USAGE ON SCHEMA secondkey TO PUBLIC
