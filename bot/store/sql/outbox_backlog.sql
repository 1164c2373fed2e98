-- How many messages wait to be delivered, and how many Slack refuses for good.
SELECT count(*) FILTER (WHERE pending), count(*) FILTER (WHERE aside) FROM outbox WHERE pending OR aside
