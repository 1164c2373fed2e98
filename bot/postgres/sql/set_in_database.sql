-- What everybody's session begins with there.
ALTER DATABASE {database} SET {setting} TO {value}
