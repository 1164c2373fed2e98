-- 312 paying customers, who signed up over two years.
INSERT INTO "Account" ("id", "name", "createdAt")
SELECT
    pg_temp.id('account', n),
    pg_temp.one_of('trade', n, '{Nordlicht,Brenner,Halden,Kessler,Morgenstern,Albrecht,Lindqvist,Okafor,Baumann,Vidal,Tanaka,Moreau,Petrov,Castell,Iversen,Rahimi}')
        || ' ' || pg_temp.one_of('line', n, '{Studio,Consulting,Elektrotechnik,Design,Logistics,Interiors,Software,Catering,Advisory,Photography,Gartenbau,Media}')
        || ' ' || pg_temp.one_of('form', n, '{GmbH,AG,Ltd,BV,SARL,KG}'),
    now() - interval '2 hours' * (7200 - n * 20)
FROM generate_series(1, 312) AS n;
