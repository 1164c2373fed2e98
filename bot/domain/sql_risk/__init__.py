"""What a migration's SQL may destroy, read without running it.

Statements are split by PostgreSQL's own lexical rules, then each is judged: by its first words where those
settle it, else by a parser. What neither understands is a risk: nothing is harmless by default.

Not looked into, since only the database knows: what triggers, rules and operators of a team's own do, and how
many rows a WHERE leaves.
"""
