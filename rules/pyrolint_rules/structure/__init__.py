"""Names and gradients of programs and pairs (PYR7xx)."""
