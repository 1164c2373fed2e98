-- The next value is the one after this.
SELECT setval({sequence}, {value}, true)
