"""The rules of restoring: what is found, what comes back, what goes aside, and what people approve."""
