-- An incident's timeline reads what was logged since some hours, however long the log has grown.
CREATE INDEX audit_log_at ON audit_log (at);
