-- The markers of all that restores ever made for a protected database.
SELECT DISTINCT marker FROM made_databases WHERE database = %(database)s AND marker <> ''
