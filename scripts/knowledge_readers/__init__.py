"""Readers that ask the installed torch and Pyro for the facts of ``knowledge.json``."""
