-- Every reaction asks which message it is below.
CREATE INDEX outbox_by_place ON outbox (posted_channel, ts);
