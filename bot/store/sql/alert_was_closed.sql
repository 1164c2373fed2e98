-- Whether people closed the incident that an alert opened or joined.
SELECT EXISTS (SELECT FROM incidents WHERE stage = 'closed' AND alerts ? %(id)s)
