-- An empty database with another one's encoding and locale; the locale's provider is added where it is not libc.
CREATE DATABASE {database} TEMPLATE template0 OWNER {owner}
ENCODING {encoding} LC_COLLATE {collate} LC_CTYPE {ctype}
