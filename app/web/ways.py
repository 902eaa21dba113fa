"""Ways back: addresses of our own that a page may lead to, never another site's."""

from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.web.access import may_open


def came_from() -> str | None:
    """Return the page of ours that led here, path and query, as far as the browser tells; else None."""
    parts = urlsplit(request.referrer or "")
    if parts.scheme not in {"http", "https"} or parts.netloc != request.host or not parts.path:
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def find_page(address: str) -> tuple[str, dict[str, object]] | None:
    """Return endpoint and arguments of the page at an address of ours; None when there is no such page."""
    routes = current_app.create_url_adapter(request)
    if routes is None:
        return None
    try:
        endpoint, arguments = routes.match(urlsplit(address).path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return str(endpoint), dict(arguments)


def way_back(*, lost: bool) -> str | None:
    """Return where to go from a refusal: the page that led here, else the nearest one above this address.

    A form leads to its own address, and would only be refused again: its way back is above it. ``lost`` says
    that nothing was found here, so that pages above which are about the same thing are not there either.
    """
    origin = came_from()
    if origin and urlsplit(origin).path != request.path and (page := find_page(origin)) and may_open(page[0]):
        return origin
    parts = request.path.rstrip("/").split("/")[:-1]
    while len(parts) > 1:
        for address in ("/".join(parts), "/".join(parts) + "/"):
            page = find_page(address)
            if page and may_open(page[0]) and not (lost and page[1]):
                return address
        parts.pop()
    return None
