-- How many may be in it; -1 for no limit.
ALTER DATABASE {database} CONNECTION LIMIT {limit}
