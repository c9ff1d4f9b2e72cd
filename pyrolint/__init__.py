"""pyrolint: a static linter for Pyro models and guides, with a companion dynamic check."""

__version__ = "0.1.0"
