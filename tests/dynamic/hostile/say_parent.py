say(str(supervisor))  # noqa: F821
