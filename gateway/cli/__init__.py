"""The command line: one file per command group; starts the simulated partners as processes and never imports them."""

from gateway.cli.app import main

__all__ = ["main"]
