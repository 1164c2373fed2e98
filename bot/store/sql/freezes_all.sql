SELECT scope, by, since, reason FROM freezes ORDER BY scope
