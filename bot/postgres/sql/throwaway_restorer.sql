-- The login that an archive is restored under: never a superuser, because restoring runs the archive's code.
CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION
