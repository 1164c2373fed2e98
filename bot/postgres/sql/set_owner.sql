-- Who may do everything with it.
ALTER DATABASE {database} OWNER TO {role}
