"""The command-line edge: flask commands by domain."""

from typing import Final

from flask import Flask

from app.cli import audit, backup, demo, keys, ledger, people, policy, rights, sales, search
from app.cli.deferred import DeferredGroup

MONITOR: Final = DeferredGroup(
    "monitor", module="app.cli.monitor", help="Voucher prices against comparable cash sales."
)

COMMANDS: Final = (
    audit.group,
    backup.group,
    demo.group,
    keys.group,
    ledger.group,
    MONITOR,
    people.group,
    policy.group,
    rights.group,
    sales.group,
    search.group,
)

FILES_ONLY: Final = (MONITOR, policy.group)
"""Groups whose commands read and write files and need neither database nor settings."""

ON_STOCK: Final = frozenset({("monitor", "run"), ("policy", "adopt")})
"""Commands of theirs that do need both."""


def register(app: Flask) -> None:
    """Attach every command."""
    for command in COMMANDS:
        app.cli.add_command(command)
