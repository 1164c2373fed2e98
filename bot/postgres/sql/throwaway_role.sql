-- A role of the protected server, so that it can own things in a copy; it can do nothing else.
CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {bypass}
