"""Why a backup is not made, not trusted or not put back."""


class BackupError(Exception):
    """Says in one sentence for the operator what is wrong; nothing was changed unless it says so."""
