-- The floors in force for a database.
SELECT policy FROM retention_policies WHERE database = %(database)s
