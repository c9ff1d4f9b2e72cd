"""Graphs of probabilistic programs: as plain data, laid out, and as SVG."""
