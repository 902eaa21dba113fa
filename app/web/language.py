"""The typed door to Flask-Babel, untyped. The Chinese text is the msgid; there is no other catalogue yet."""

from typing import Any, Final, cast

import flask_babel
from babel.support import NullTranslations
from flask import current_app, g
from flask_babel.speaklater import LazyString

_CATALOGUE: Final = "anju.catalogue"


def catalogue() -> NullTranslations:
    """Return the sentences of the reader's language, which is the app's: nothing chooses it by request."""
    try:
        # A page asks a hundred times, and each way through the proxy counts.
        kept = g._get_current_object()
    except RuntimeError:  # no request
        return cast(NullTranslations, flask_babel.get_translations())
    found: NullTranslations | None = kept.get("catalogue")
    if found is None:
        known = current_app.extensions
        if _CATALOGUE not in known:
            known[_CATALOGUE] = flask_babel.get_translations()
        found = kept.catalogue = cast(NullTranslations, known[_CATALOGUE])
    return found


def gettext(text: str, **values: object) -> str:
    """Return the text in the reader's language, its ``%(name)s`` filled; import it as ``_``."""
    told = str(catalogue().ugettext(text))
    return told % values if values else told


def lazy_gettext(text: str) -> Any:
    """Return a text that is translated when shown, for tables and class bodies; import it as ``_l``."""
    return LazyString(gettext, text)
