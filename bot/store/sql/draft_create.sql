INSERT INTO incident_drafts (id, incident, audience, text)
VALUES (%(id)s, %(incident)s, %(audience)s, %(text)s) RETURNING *
