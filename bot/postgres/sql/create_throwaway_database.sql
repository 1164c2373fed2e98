-- The database that a backup is restored into; the locale's provider is added where it is not libc.
CREATE DATABASE {database} TEMPLATE template0 OWNER {owner}
ENCODING {encoding} LC_COLLATE {collate} LC_CTYPE {ctype}
