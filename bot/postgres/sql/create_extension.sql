-- An extension that the manifest names, by a statement of ours and not of the archive.
CREATE EXTENSION IF NOT EXISTS {extension} {schema} CASCADE
