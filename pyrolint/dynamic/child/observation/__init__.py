"""Run the user's program and watch it, without changing what it computes."""
