"""Alerts on their way: reported, shown, acknowledged, escalated, resolved."""
