-- What was set aside is looked at, and not written to by mistake.
ALTER DATABASE {database} SET default_transaction_read_only = on
