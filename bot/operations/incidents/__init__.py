"""Incidents: opened, told, kept up to date, and closed with a report."""
