-- What one role's session begins with there.
ALTER ROLE {role} IN DATABASE {database} SET {setting} TO {value}
