"""Behind ``pyrolint confirm``: run a program up to its first inference step, and look at that step.

The parent side plans jobs, keeps each within its limits, and joins what the child saw with what
the static side found. Everything below ``child`` runs beside the user's code.
"""
