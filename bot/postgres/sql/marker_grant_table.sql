-- Everybody may read which database this is: nothing in the marker is secret.
GRANT SELECT ON secondkey.marker TO PUBLIC
