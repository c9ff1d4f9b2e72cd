"""Data and its scales (PYR4xx)."""
