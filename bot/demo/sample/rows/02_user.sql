-- 1,204 people; a few have not confirmed their address yet.
INSERT INTO "User" ("id", "email", "name", "passwordHash", "emailVerified", "createdAt", "updatedAt")
SELECT
    pg_temp.id('user', n),
    lower(first || '.' || last || '.' || n) || '@example.com',
    first || ' ' || last,
    '$argon2id$v=19$m=19456,t=2,p=1$' || md5('salt' || n) || '$' || md5('hash' || n),
    CASE WHEN n % 29 > 0 THEN joined + interval '9 minutes' END,
    joined,
    joined + interval '1 hour' * pg_temp.draw('updated', n, 72)
FROM generate_series(1, 1204) AS n
CROSS JOIN LATERAL (
    SELECT
        pg_temp.one_of('first', n, '{Amara,Björn,Chiara,Dmitri,Elif,Fatima,Georg,Hanna,Ivan,Jonas,Katrin,Luca,Mei,Noah,Olga,Priya,Quentin,Rosa,Sofia,Tomasz,Ulrike,Viktor,Wanjiru,Yusuf}') AS first,
        pg_temp.one_of('last', n, '{Adler,Bianchi,Chen,Diallo,Eriksen,Fischer,García,Hoffmann,Ito,Jansen,Kowalski,Lopez,Martin,Nguyen,Oliveira,Patel,Roth,Schmidt,Torres,Ünal,Vogel,Weber,Yilmaz,Zimmermann}') AS last,
        now() - interval '13 hours' * (1210 - n) AS joined
) AS person;
