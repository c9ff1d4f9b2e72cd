"""Checks and warnings that are switched off (PYR5xx)."""
