-- Be told as soon as a request is to be looked at.
LISTEN secondkey_requests
