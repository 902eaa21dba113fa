"""What stands around every answer: headers that let pages do nothing beyond our own files, own redirects."""

import re
import secrets
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from app.core.errors import NotFound
from app.web.cookies import Content, Signing

_NO_OBJECTS: Final = "'none'"
_FLASHES: Final = "_flashes"
"""Where Flask keeps what the next page tells."""
_MOST_FLASHES: Final = 3


class OwnSessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie, which no answer brings that somebody on the way may keep."""

    serializer = Content()

    def __init__(self, app: Flask) -> None:
        """Keep what signs the cookies of an app: Flask makes it anew twice a request, and its key with it."""
        secrets = [*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key]
        derived = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
        self._signing = Signing(secrets, salt=self.salt, serializer=self.serializer, signer_kwargs=derived)

    def get_signing_serializer(self, _app: Flask) -> Signing:
        """Return what signs the cookies of the app."""
        return self._signing

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie if it changed; a picture, say, is then kept neither by a browser nor on the way.

        Of what pages have yet to tell only the latest is kept: whoever sends form after form and opens no
        page would carry a longer cookie each time, until the browser drops it and the sign-in with it.
        """
        if session.modified and _FLASHES in session:
            session[_FLASHES] = [list(told) for told in session[_FLASHES][-_MOST_FLASHES:]]
        super().save_session(app, session, response)
        if "Set-Cookie" in response.headers:
            response.headers["Cache-Control"] = "no-store"


def csp_nonce() -> str:
    """Return this response's nonce for inline script or style."""
    kept = g._get_current_object()
    if "csp_nonce" not in kept:
        kept.csp_nonce = secrets.token_urlsafe(16)
    return str(kept.csp_nonce)


def let_files_open() -> None:
    """Let this page show kept files of ours in the browser's own reader, such as a scan beside a quote."""
    g.csp_objects = "'self'"


def let_images_come_from(address: str) -> None:
    """Let this page show images of the host in an address with placeholders, such as that of tiles."""
    if address:
        place = urlsplit(address)
        host = re.sub(r"\{[^}]*\}", "*", place.netloc)
        g.csp_images = f" {place.scheme}://{host}"


def let_forms_lead_to(address: str) -> None:
    """Let forms of this page end at another site's address, such as where money is paid."""
    if address:
        g.csp_forms = f" {address}"


def _no_such_sign() -> None:
    """Find nothing at an address with a NUL in it: no reference of ours has one, no database takes one."""
    if "\0" in request.path:
        raise NotFound("not_found")


def _headers(response: Response) -> Response:
    # Names are compared here, once: a response asked for one of its headers looks through all of them.
    headers, kept, nonce = response.headers, g._get_current_object(), csp_nonce()
    there = {name.lower() for name, _value in headers}
    ours = {
        # A file that people sent carries a stricter one of its own.
        "Content-Security-Policy": f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; "
        f"style-src 'self' 'nonce-{nonce}'; "
        f"img-src 'self' data:{kept.get('csp_images', '')}; "
        f"object-src {kept.get('csp_objects', _NO_OBJECTS)}; "
        f"base-uri 'none'; form-action 'self'{kept.get('csp_forms', '')}; "
        "frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        # A page whose address alone opens it tells nobody where its reader came from.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    for name, value in ours.items():
        if name.lower() not in there:
            headers.add(name, value)
    return response


def _stay_here(response: Response) -> Response:
    """Drop the host from redirects to ourselves: the router builds it from a header that anybody can write.

    What is left starts with one slash; two would name another site.
    """
    target = urlsplit(response.location or "")
    if target.netloc and target.netloc == request.host:
        path = "/" + target.path.lstrip("/\\")
        response.location = urlunsplit(("", "", path, target.query, target.fragment))
    return response


def register(app: Flask) -> None:
    """Attach the headers and the sessions, and give templates the nonce."""
    app.session_interface = OwnSessions(app)
    app.before_request(_no_such_sign)
    app.after_request(_headers)
    app.after_request(_stay_here)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
