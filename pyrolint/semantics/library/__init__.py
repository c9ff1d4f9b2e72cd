"""What the calls of Pyro, torch and their kin do."""
