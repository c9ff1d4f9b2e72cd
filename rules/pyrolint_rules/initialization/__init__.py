"""Starts of parameters and guides (PYR2xx)."""
