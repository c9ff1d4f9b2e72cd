"""What only a run shows (PYR9xx)."""
