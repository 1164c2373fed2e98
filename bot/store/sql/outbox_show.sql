-- Show a message, or what it says by now. What was not sent yet is replaced, and keeps its place.
WITH lanes AS (
    INSERT INTO outbox_lanes (channel, method) VALUES (%(channel)s, 'post'), (%(channel)s, 'update')
    ON CONFLICT DO NOTHING
), shown AS (
    INSERT INTO outbox (key, parent, channel, text, blocks, chart)
    VALUES (%(key)s, %(parent)s, %(channel)s, %(text)s, %(blocks)s, %(chart)s)
    ON CONFLICT (key) DO UPDATE SET
        text = excluded.text,
        blocks = excluded.blocks,
        chart = excluded.chart,
        version = outbox.version + 1,
        number = CASE WHEN outbox.pending THEN outbox.number ELSE excluded.number END,
        aside = false
    WHERE (outbox.text, outbox.blocks, outbox.chart)
        IS DISTINCT FROM (excluded.text, excluded.blocks, excluded.chart)
)
SELECT pg_notify('secondkey_outbox', '')
