"""What every group of commands shares: its commands refuse in words what no text holds."""

import click
from click import Context
from flask.cli import AppGroup


class PlainCommand(click.Command):
    """A command that takes plain text only."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Read the arguments. Raises UsageError for a NUL, or for no UTF-8 where text is meant.

        Neither the database nor the system takes a NUL. Names of files may be of any other bytes.
        """
        if any("\0" in one for one in args):
            raise click.UsageError("an argument holds a NUL character", ctx)
        rest = super().parse_args(ctx, args)
        for value in ctx.params.values():
            if any(not _is_utf8(one) for one in (value if isinstance(value, tuple) else (value,))):
                raise click.UsageError("an argument is no UTF-8 text", ctx)
        return rest


class FileGroup(click.Group):
    """Commands that need no app."""

    command_class = PlainCommand


class CommandGroup(AppGroup):
    """Commands that run in the app."""

    command_class = PlainCommand


def _is_utf8(value: object) -> bool:
    """Tell whether a value can be written; of text the system hands on bytes of another kind as they are."""
    if not isinstance(value, str):
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
