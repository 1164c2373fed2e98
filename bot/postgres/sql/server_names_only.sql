-- Only the server's own functions and operators are found unasked, whatever a database's settings say. It calls none.
SET search_path TO pg_catalog
