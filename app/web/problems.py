"""application/problem+json (RFC 9457): how the API says no."""

import http
from typing import Annotated

from flask import Response
from pydantic import BaseModel, ConfigDict, Field


class Problem(BaseModel):
    """Why not (RFC 9457)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str = "about:blank"
    title: str
    status: int
    code: Annotated[str, Field(description="A stable name of the problem.")]
    detail: Annotated[str, Field(description="What is wrong and the way out, in Chinese.")]
    parameter: Annotated[str | None, Field(description="The parameter to blame.")] = None
    field: Annotated[str | None, Field(description="What a refusal of /developer is about.")] = None


def problem(
    status: int, code: str, detail: str, *, parameter: str | None = None, field: str | None = None
) -> Response:
    """Return a problem as an answer; what it does not name is left out."""
    told = Problem(
        title=http.HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        parameter=parameter,
        field=field,
    )
    return Response(
        told.model_dump_json(exclude_none=True), status=status, mimetype="application/problem+json"
    )
