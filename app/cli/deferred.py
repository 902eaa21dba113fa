"""Command groups that are imported when they are used."""

from importlib import import_module

import click


class DeferredGroup(click.Group):
    """Stands for the group of another module until someone asks for one of its commands.

    For modules whose libraries are slow to load: the web and the worker, which load every command, start
    without them.
    """

    def __init__(self, name: str, *, module: str, help: str) -> None:  # noqa: A002  # click's word
        super().__init__(name, help=help)
        self._module = module

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the group's commands."""
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command of the group, or None."""
        return self._group().get_command(ctx, cmd_name)

    def _group(self) -> click.Group:
        group: click.Group = getattr(import_module(self._module), str(self.name))
        return group
