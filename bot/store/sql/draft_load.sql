SELECT * FROM incident_drafts WHERE id = %(id)s
