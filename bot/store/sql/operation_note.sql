-- What an operation says of itself while it runs; nothing where another attempt runs it by now.
UPDATE operations SET result = %(result)s
WHERE id = %(id)s AND attempt = %(token)s AND progress = 'running'
