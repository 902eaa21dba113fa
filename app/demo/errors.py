"""What can keep the demo from starting, in words for whoever typed the command."""

import errno

import click


class CannotStart(click.ClickException):
    """The demo cannot run. Click prints the message, which says why and what to do, and exits with 1."""


def cannot_write(error: OSError) -> CannotStart:
    """Return the refusal for a file that could not be written."""
    if error.errno == errno.ENOSPC:
        return CannotStart("The disk is full. Free some space and run the same command again.")
    hint = " Did another user run the demo here before?" if error.errno in {errno.EACCES, errno.EPERM} else ""
    return CannotStart(f"{error.filename}: {error.strerror}.{hint}")
