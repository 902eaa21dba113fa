"""The command-line edge: flask commands by domain."""

from typing import Final

from flask import Flask

from app.cli import audit, demo, ledger, monitor, policy, search

COMMANDS = (audit.group, demo.group, ledger.group, monitor.monitor, policy.group, search.group)

FILES_ONLY: Final = (monitor.monitor,)
"""Commands that read and write files and need neither database nor settings."""


def register(app: Flask) -> None:
    """Attach every command."""
    for command in COMMANDS:
        app.cli.add_command(command)
