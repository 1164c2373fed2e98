-- Its settings are those that are put on it, and no others.
ALTER DATABASE {database} RESET ALL
