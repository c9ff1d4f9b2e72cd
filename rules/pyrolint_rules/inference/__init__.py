"""Optimizers, objectives and gradient estimates (PYR3xx)."""
