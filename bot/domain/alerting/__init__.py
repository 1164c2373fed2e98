"""Alerts: what is wrong, one for each cause, from when it is seen to when it is gone."""
