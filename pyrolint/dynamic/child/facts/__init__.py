"""What probes ask of a step and its repeats: supports, ranges, shapes, spreads, uses."""
