"""flask keys: the keys of fields that are encrypted at rest."""

import click

from app.cli.groups import CommandGroup
from app.core import sealing
from app.extensions import db

group = CommandGroup("keys", help="The keys of encrypted fields.")


@group.command("rotate")
def rotate() -> None:
    """Seal every field anew that is not under the current key; may be stopped and run again.

    Set ANJU_FIELD_KEYS to the old and the new key and ANJU_FIELD_KEY_ID to the new one, restart, run this,
    and drop the old key when it says that none is left.
    """
    session, total = db.session(), 0
    while done := sealing.rotate(session):
        session.commit()
        total += done
    click.echo(f"{total} sealed anew, {sealing.count_outdated(session)} left under older keys")
