-- Opens or closes a database to everybody, superusers too; who is in it stays.
ALTER DATABASE {database} ALLOW_CONNECTIONS {allow}
