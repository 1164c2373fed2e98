-- Sessions of other attempts at the same operation, in whatever database.
SELECT pid, application_name FROM pg_stat_activity
WHERE starts_with(application_name, 'secondkey/' || %(operation)s || '/')
    AND application_name <> %(ours)s
    AND pid <> pg_backend_pid()
