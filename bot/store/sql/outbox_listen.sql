-- Be told as soon as there is something to deliver.
LISTEN secondkey_outbox
