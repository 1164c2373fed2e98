"""Measurements: ratios from one run on one machine, medians of five. Nothing here asserts a time."""
