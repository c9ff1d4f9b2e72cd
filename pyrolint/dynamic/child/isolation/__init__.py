"""The child's half of its confinement: limits, guards, namespaces, the report's way out."""
