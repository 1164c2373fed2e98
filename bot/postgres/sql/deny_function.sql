-- Nobody but a superuser calls this function any more.
REVOKE ALL ON FUNCTION {function}({types}) FROM PUBLIC
