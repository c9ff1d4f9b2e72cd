"""The linter on the code of published packages, which is fetched and never committed."""
