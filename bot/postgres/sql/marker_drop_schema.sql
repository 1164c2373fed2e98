-- Whatever the archive made of Secondkey's own schema in a throw-away copy: its triggers would run for us.
DROP SCHEMA IF EXISTS secondkey CASCADE
