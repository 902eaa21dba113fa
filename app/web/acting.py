"""What the pages share on which somebody acts by one form: it is done and led on from, or asked once more."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.web.errors import status_of
from app.web.forms.base import Form


def do_or_ask_again(
    form: Form, act: Callable[[], Any], *, again: Callable[[], str], done: str, to: str | Callable[[Any], str]
) -> ResponseReturnValue:
    """Do what a form asks, say that it is ``done`` and lead on; else show its page again with the refusal.

    ``to`` is an address, or makes one of what ``act`` returned. What is not there stays a page of its own.
    """
    if not form.accept():
        return again(), 422
    try:
        made = act()
    except NotFound:
        raise
    except DomainError as error:
        # Money may have moved before it was refused; the page must show what really stands.
        db.session().rollback()
        form.apply(error)
        return again(), status_of(error)
    flash(done)
    return redirect(to if isinstance(to, str) else to(made), 303)
