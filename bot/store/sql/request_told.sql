-- These people were told why their reaction does not count.
UPDATE requests SET told = told || %(told)s WHERE id = %(id)s
