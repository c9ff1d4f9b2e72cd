"""Supports and constraints (PYR1xx)."""
