-- Until the transaction or savepoint ends, names are written with their schema.
SET LOCAL search_path TO pg_catalog
