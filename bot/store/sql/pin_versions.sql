-- What the messages of a timeline said before they were edited, the oldest first.
SELECT key, array_agg(text ORDER BY number) AS texts
FROM incident_entry_versions WHERE incident = %(incident)s GROUP BY key
