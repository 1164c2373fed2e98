-- What keeps this database from being deployed to: its own freeze first.
SELECT scope, by, since, reason FROM freezes
WHERE scope = %(database)s OR scope = 'all' ORDER BY scope = 'all'
