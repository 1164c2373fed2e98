-- Slack refuses this version for good: it no longer stands in the way of others.
UPDATE outbox SET
    aside = version = %(version)s, unsure = false, problem = %(problem)s, claim = NULL, claimed_until = '-infinity'
WHERE key = %(key)s AND claim = %(claim)s
