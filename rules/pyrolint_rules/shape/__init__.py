"""Shapes, plates and events (PYR6xx)."""
