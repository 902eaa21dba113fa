"""The typed door to Flask-Babel, untyped. The Chinese text is the msgid; there is no other catalogue yet."""

from typing import Any

import flask_babel


def gettext(text: str, **values: object) -> str:
    """Return the text in the reader's language, its ``%(name)s`` filled; import it as ``_``."""
    return str(flask_babel.gettext(text, **values))


def lazy_gettext(text: str) -> Any:
    """Return a text that is translated when shown, for tables and class bodies; import it as ``_l``."""
    return flask_babel.lazy_gettext(text)
