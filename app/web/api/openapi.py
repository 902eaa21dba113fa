"""GET /api/v1/openapi.yaml: what the API promises; its tests hold the answers against it."""

from pathlib import Path
from typing import Final

from flask import Response, current_app

from app.web.access import public
from app.web.api import bp

DOCUMENT: Final = "docs/openapi.yaml"


@bp.get("/openapi.yaml")
@public
def openapi() -> Response:
    """Return the description of the API."""
    document = Path(current_app.root_path).parent / DOCUMENT
    return Response(document.read_bytes(), mimetype="application/yaml")
