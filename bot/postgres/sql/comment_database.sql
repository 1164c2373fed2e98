-- What people said about it.
COMMENT ON DATABASE {database} IS {comment}
