-- What everybody's session begins with there.
ALTER DATABASE {database} SET {name} TO {value}
