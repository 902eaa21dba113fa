"""What lists with filters share: the filters, then one page of the rows that they leave."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.web.access import actor
from app.web.forms.base import Choice, QueryForm
from app.web.forms.fields import SelectField
from app.web.pages import paginate


def offer_states(field: SelectField, words: Mapping[Any, tuple[Any, str]], *, blank: Any = None) -> None:
    """Let a filter choose among states by their words; ``blank`` says what it lists without a choice."""
    field.choices = [Choice(str(state), str(text)) for state, (text, _tone) in words.items()]
    if blank is not None:
        field.blank = blank


def list_page(
    template: str,
    form: QueryForm,
    *,
    count: Callable[..., int],
    rows: Callable[..., Any],
    wanted: Callable[[], Mapping[str, Any]],
    **shown: Any,
) -> ResponseReturnValue:
    """Return the page of a list with its filters; status 422 and no rows where a filter is wrong.

    ``wanted`` is what the filters mean to the queries ``count`` and ``rows``, asked once they are accepted.
    """
    found, pages = None, None
    if form.accept():
        session, who, limits = db.session(), actor(), wanted()
        pages = paginate(count(session, actor=who, **limits))
        found = rows(session, actor=who, offset=pages.offset, limit=pages.size, **limits)
    page = render_template(template, form=form, rows=found, pages=pages, **shown)
    return page, 422 if found is None else 200
