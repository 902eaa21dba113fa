"""How one came to a home, so that its page can lead back: the search goes along, and what else led there."""

from flask import request, url_for

from app.search.request import find_request
from app.web.ways import came_from, find_page

FROM = "from"
"""The parameter of a home's address that carries the search which found it."""

_LEAD_HERE = frozenset({"public.show_development", "regulator.signal", "household.redemption"})
"""Pages besides the search that link to homes and that one goes back to."""


def searched() -> dict[str, str]:
    """Return the search that the address carries along, fit to be carried on; {} when it carries none.

    What comes from the address is read as a search and written anew: nothing else ever gets into a link.
    """
    asked = find_request(request.args.get(FROM, ""))
    return {FROM: asked.query_string()} if asked and asked.query_string() else {}


def back_from_a_home() -> str:
    """Return where a home's page leads back to: the search, as it was, or the page that led here."""
    query = searched().get(FROM)
    if query:
        return f"{url_for('public.search')}?{query}"
    origin = came_from()
    page = find_page(origin) if origin else None
    if origin and page and page[0] in _LEAD_HERE:
        return origin
    return url_for("public.search")
