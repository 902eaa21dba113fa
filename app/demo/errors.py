"""What can keep the demo from starting, in words for whoever typed the command."""


class CannotStart(Exception):
    """The demo cannot run; the message says why and what to do."""
