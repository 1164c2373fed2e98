-- Who may do what: the application owns, the reader only reads, the restoring login becomes the owner.
CREATE ROLE {app} LOGIN PASSWORD {app_password};
CREATE ROLE {reader} LOGIN PASSWORD {reader_password} IN ROLE pg_read_all_data, pg_read_all_stats;
CREATE ROLE {restore} LOGIN CREATEDB PASSWORD {restore_password}
    IN ROLE {app}, pg_read_all_data, pg_signal_backend
