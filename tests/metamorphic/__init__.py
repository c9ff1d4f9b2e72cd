"""Changes to a program that must not change what is found in it."""
