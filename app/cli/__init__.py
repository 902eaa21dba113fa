"""The command-line edge: flask commands by domain."""

from flask import Flask

from app.cli import audit, demo, ledger, monitor, policy, search

COMMANDS = (audit.group, demo.group, ledger.group, monitor.monitor, policy.group, search.group)


def register(app: Flask) -> None:
    """Attach every command."""
    for command in COMMANDS:
        app.cli.add_command(command)
