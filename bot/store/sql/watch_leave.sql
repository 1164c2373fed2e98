-- Another replica may take the watches that this one kept.
UPDATE watch SET kept_until = clock_timestamp() WHERE watcher = %(watcher)s
