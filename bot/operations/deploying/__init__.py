"""`/deploy`: the gate before a release, its window, and the report after it."""
