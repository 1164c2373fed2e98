-- What somebody may do with a database.
GRANT {privileges} ON DATABASE {database} TO {grantee} {option}
