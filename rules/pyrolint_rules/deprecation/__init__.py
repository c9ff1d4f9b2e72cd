"""Names that Pyro has dropped, or is about to drop."""
