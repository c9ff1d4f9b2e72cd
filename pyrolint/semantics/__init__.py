"""What Pyro code means: an abstract interpreter over the intermediate representation."""
