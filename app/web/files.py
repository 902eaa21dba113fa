"""Files in and out: which pages take large ones, and how a kept one is handed to a browser.

What comes from people is never a page of ours: it has the type its content showed when it was kept, no
browser may guess another, and should it run after all it runs in a sandbox without an origin.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any, Final, TypeVar

from flask import Flask, Response, current_app, request, send_file

from app.core.errors import NotFound
from app.documents.models import Document
from app.documents.queries import open_document
from app.documents.rules import MediaType

_IN_A_READER: Final = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
View = TypeVar("View", bound=Callable[..., Any])
_MARK: Final = "__takes_bytes__"
_FRAME: Final = 64 * 1024
"""What a form weighs besides its files."""


def takes_files(*, most: int) -> Callable[[View], View]:
    """Mark a view whose form may send files of ``most`` bytes together."""

    def mark(view: View) -> View:
        setattr(view, _MARK, most)
        return view

    return mark


def _allow_size() -> None:
    """Raise this request's limit before anything reads its body."""
    most = getattr(current_app.view_functions.get(request.endpoint or ""), _MARK, None)
    if most is not None:
        request.max_content_length = most + _FRAME


def hand_out(document: Document, *, public: bool, opens: bool = False) -> Response:
    """Return a kept file as an answer; a PDF is saved, unless it ``opens`` in the browser.

    What opens is shown by the browser's own reader of PDFs, also within our pages
    (``security.let_files_open``): readers do not start in a sandbox, so such an answer does without one. It
    is still what its first bytes say, and may load nothing. Raises NotFound when the folder of files has lost
    its bytes.
    """
    try:
        with open_document(document) as kept:
            content = BytesIO(kept.read())
    except LookupError as error:
        raise NotFound("document_gone") from error
    response = send_file(
        content,
        mimetype=document.media_type,
        as_attachment=document.media_type == MediaType.PDF and not opens,
        download_name=document.name,
        etag=document.sha256,
        max_age=3600 if public else None,
    )
    response.headers["Content-Security-Policy"] = _IN_A_READER if opens else "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if not public:
        response.headers["Cache-Control"] = "no-store"
    return response


def register(app: Flask) -> None:
    """Attach the limit; called before whatever reads forms."""
    app.before_request(_allow_size)
