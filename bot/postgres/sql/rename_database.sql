-- Half of a swap.
ALTER DATABASE {database} RENAME TO {name}
