"""Refusal of writes and of the network, beside the user's code. Against accidents, not malice."""

from __future__ import annotations


def install(allow_write: bool, allow_network: bool, writable: tuple[str, ...]) -> None:
    """Refuse what is not allowed, from now to the end of the process."""
