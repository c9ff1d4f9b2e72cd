"""Errors known by their type and place: what raised them, and what explains them."""
