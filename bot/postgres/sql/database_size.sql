-- What the database takes up on disk, in bytes; the server looks at each of its files.
SELECT pg_database_size(current_database())
