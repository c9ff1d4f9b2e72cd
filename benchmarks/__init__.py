"""Speed as ratios that one run measures; see README.md."""
