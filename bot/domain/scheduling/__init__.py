"""When something is due, and whether it came to be."""
