-- What goes live is written to, whatever it was before.
ALTER DATABASE {database} RESET default_transaction_read_only
