SELECT key, earlier FROM incident_entries WHERE incident = %(incident)s AND earlier <> '[]'
