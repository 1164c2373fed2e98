-- An extension that the archive names, by a statement of ours; what it needs was created before it.
CREATE EXTENSION IF NOT EXISTS {extension} {schema}
