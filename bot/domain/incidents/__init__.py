"""Incidents: what happened, who sees to it, what is known, and how it ended."""
