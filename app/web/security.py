"""Headers that tell browsers what our pages may do: nothing beyond our own files."""

import secrets

from flask import Flask, Response, g


def csp_nonce() -> str:
    """Return this response's nonce for inline script or style."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = (
        f"default-src 'self'; script-src 'self' 'nonce-{csp_nonce()}'; "
        f"style-src 'self' 'nonce-{csp_nonce()}'; "
        "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def register(app: Flask) -> None:
    """Attach the headers and give templates the nonce."""
    app.after_request(_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
