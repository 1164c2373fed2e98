-- One row, which a copy of this database takes along and thereby contradicts the server that it lies on.
CREATE TABLE secondkey.marker (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id uuid NOT NULL,
    system_identifier text NOT NULL,
    database_oid bigint NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
)
