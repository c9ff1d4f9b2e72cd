"""Source in, intermediate representation out."""
