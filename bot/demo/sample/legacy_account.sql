-- What the application's seed script leaves in an empty database.
INSERT INTO "Account" ("id", "name") VALUES ('cmlegacy0000000000000000', 'Legacy Account')
