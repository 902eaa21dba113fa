"""flask rights: what the app's database role may do."""

import click
import psycopg
from flask import current_app

from app import rights
from app.cli.groups import CommandGroup

group = CommandGroup("rights", help="The rights of the app's database role.")


@group.command("grant")
def grant() -> None:
    """Give the role of DATABASE_URL what the app needs and no more; run it after every migration."""
    click.echo(grant_from_settings())


def grant_from_settings() -> str:
    """Grant as the owner that the settings name, to the app's role; return what was done, in a line.

    Where one role does both there is nothing to grant. Raises psycopg.Error when refused.
    """
    settings = current_app.config["ANJU"]
    app, owner = (
        str(url).replace("postgresql+psycopg://", "postgresql://", 1)
        for url in (settings.database_url, settings.owner_database_url or settings.database_url)
    )
    role = psycopg.conninfo.conninfo_to_dict(app).get("user")
    with psycopg.connect(owner, autocommit=True) as connection:
        if not role or role == connection.info.user:
            return "One role owns the tables and serves the app: there is nothing to grant."
        return f"{role} has its rights on {rights.grant(connection, str(role))} tables."
