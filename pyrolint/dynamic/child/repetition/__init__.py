"""Run the observed step again: with other draws, moved parameters, or every operation recorded."""
