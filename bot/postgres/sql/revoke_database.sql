-- Takes back what somebody was given on a database, and what they gave on.
REVOKE ALL ON DATABASE {database} FROM {grantee} CASCADE
