"""What runs in the child process, beside the user's code: harness, recorders, probes.

It imports nothing of the static side: only messages, torch and pyro.
"""
