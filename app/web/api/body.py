"""The JSON that a program sends, read strictly: known names only, each once, of the right kind."""

import json
import re
from collections.abc import Container
from datetime import date
from typing import Annotated, Any, Final, TypeVar

from flask import request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from app.core import money
from app.core.errors import DomainError
from app.sales.rules import PAYMENTS
from app.web.language import gettext as _

MOST_BYTES: Final = 16 * 1024
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class BadBody(DomainError):
    """The request itself is wrong: answered with 400."""


class Body(BaseModel):
    """What a program sends; a field that may be left out may be null as well."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _tidy(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("blank, or with signs that nobody sees")
    return text.strip()


def _day(value: object) -> object:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("not as in 2016-05-30")
    return date.fromisoformat(value)


_Fen = Annotated[int, Field(ge=1, le=money.MAX_FEN)]
_Version = Annotated[
    int,
    Field(
        ge=1,
        le=money.MAX_FEN,
        description="The home's `version` as it was read; refused with home_changed when it is another now.",
    ),
]
_Number = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_tidy)]
_Reason = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_tidy)]
_Day = Annotated[date, BeforeValidator(_day)]
_Payment = Annotated[
    str, Field(max_length=20, json_schema_extra={"enum": list(PAYMENTS)}), AfterValidator(_tidy)
]


class Nothing(Body):
    """The address says it all."""


class NewPrice(Body):
    """A home's new price."""

    amount_fen: _Fen
    reason: _Reason
    filing_number: Annotated[_Number | None, Field(description="With a filed price.")] = None
    version: _Version | None = None


class NewListing(Body):
    """What was seen of a home that is listed."""

    version: _Version | None = None


class NewSale(Body):
    """A contract with a cash buyer."""

    contract_number: _Number
    signed_on: _Day
    price_fen: Annotated[_Fen | None, Field(description="With `payment`.")] = None
    payment: _Payment | None = None


Sent = TypeVar("Sent", bound=Body)


def read_body() -> dict[str, Any]:
    """Return the JSON object of this request, an empty one for no content.

    Raises UnsupportedMediaType (415), RequestEntityTooLarge (413), BadBody for what is no object.
    """
    if (request.content_length or 0) > MOST_BYTES:
        raise RequestEntityTooLarge
    request.max_content_length = MOST_BYTES
    # Judged before the content: what is read as a form is gone when one looks for it.
    if request.mimetype not in ("", "application/json"):
        raise UnsupportedMediaType
    content = request.get_data(cache=True)
    if not content:
        return {}
    if not request.mimetype:
        raise UnsupportedMediaType
    try:
        found = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadBody("bad_json") from error
    if not isinstance(found, dict):
        raise BadBody("bad_json")
    return found


def understand(model: type[Sent], values: dict[str, Any]) -> Sent:
    """Return what was sent, checked. Raises BadBody at the first field that is wrong."""
    for name in values:
        demand_known(name, model.model_fields)
    for name, field in model.model_fields.items():
        if field.is_required() and values.get(name) is None:
            raise BadBody("field_missing", name, name=name)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        name = str(error.errors(include_url=False, include_input=False, include_context=False)[0]["loc"][0])
        raise BadBody("field_bad", name, name=name, wanted=_wanted(model, name)) from error


def demand_known(name: str, known: Container[str]) -> None:
    """Raise BadBody for a name that is not among those known."""
    if name not in known:
        shown = _visible(name[:60])
        raise BadBody("unknown_field", shown, name=shown)


def _wanted(model: type[Body], name: str) -> str:
    """Say in words what the schema says of a field."""
    schema = model.model_json_schema()["properties"][name]
    schema = schema.get("anyOf", [schema])[0]
    if schema.get("format") == "date":
        return _("日期，例如 2016-05-30")
    if schema["type"] == "string":
        return _("文字，最多 %(most)d 个字", most=schema["maxLength"])
    return _("大于零的整数，单位是分") if name.endswith("_fen") else _("整数")


def _visible(name: str) -> str:
    """Return a name fit for an answer: one with a NUL could not be kept under a key."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)
