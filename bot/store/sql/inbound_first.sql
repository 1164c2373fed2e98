-- Remember what was delivered; no row where it was before.
INSERT INTO inbound (key) VALUES (%(key)s) ON CONFLICT DO NOTHING RETURNING key
