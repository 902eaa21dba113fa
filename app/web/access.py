"""Who may open which page: roles are data on the view, and the one place that knows who is signed in.

Every view carries ``@public`` or ``@roles(...)``; one that carries neither answers 500, so forgetting fails
closed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user

from app.core.actor import Actor, Duty, Role
from app.core.errors import Forbidden
from app.extensions import db, login_manager
from app.identity.models import SignIn
from app.identity.queries import actor_of, find_live_sign_in

View = TypeVar("View", bound=Callable[..., Any])
_MARK: Final = "__access__"


@dataclass(frozen=True)
class Access:
    """What a view demands: nothing (``roles`` empty), or one of the roles; of a developer maybe a duty."""

    roles: frozenset[Role]
    duties: frozenset[Duty] = frozenset(Duty)

    def admits(self, who: Actor) -> bool:
        """Tell whether a signed-in person may open it."""
        if self.roles and who.role not in self.roles:
            return False
        return not self.roles or who.duty is None or who.duty in self.duties


def public(view: View) -> View:
    """Mark a view that anybody may open."""
    setattr(view, _MARK, Access(frozenset()))
    return view


SELLING: Final = (Duty.MANAGER, Duty.SALES)
"""The duties that change what a developer offers; finance reads."""


def roles(*allowed: Role, duties: Iterable[Duty] = Duty) -> Callable[[View], View]:
    """Mark a view that only people in one of these roles may open; of a developer only these duties."""

    def mark(view: View) -> View:
        setattr(view, _MARK, Access(frozenset(allowed), frozenset(duties)))
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return what a view demands, or None when nobody said."""
    return getattr(app.view_functions[endpoint], _MARK, None)


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login is untyped
    """Flask-Login's user: a sign-in row, known to the browser by its token."""

    def __init__(self, token: str, sign_in: SignIn) -> None:
        self._token = token
        self.sign_in = sign_in

    def get_id(self) -> str:
        """Return the token that the cookie carries."""
        return self._token


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login is untyped
def _load(token: str) -> SignedIn | None:
    row = find_live_sign_in(db.session(), token)
    return SignedIn(token, row) if row else None


def current_sign_in() -> SignIn | None:
    """Return who is signed in, for the page's header and the account pages; None for a passer-by."""
    return cast(SignedIn, current_user).sign_in if current_user.is_authenticated else None


def find_actor() -> Actor | None:
    """Return the signed-in actor, or None for a passer-by."""
    row = current_sign_in()
    return actor_of(row.membership) if row else None


def actor() -> Actor:
    """Return the signed-in actor. Raises Forbidden for a passer-by: the view's mark should stop them."""
    found = find_actor()
    if found is None:
        raise Forbidden("sign_in_first")
    return found


def enforce() -> ResponseReturnValue | None:
    """Before each request: let through, send to sign-in, or raise Forbidden."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    demand = access_of(current_app._get_current_object(), request.endpoint)  # type: ignore[attr-defined]  # a proxy
    if demand is None:
        raise RuntimeError(f"{request.endpoint} says nothing about access")
    if not demand.roles:
        return None
    who = find_actor()
    if who is None:
        return redirect(url_for("account.sign_in", next=_path_back()))
    if not demand.admits(who):
        raise Forbidden("wrong_duty" if who.role in demand.roles else "wrong_role")
    return None


def may_open(endpoint: str) -> bool:
    """Tell whether whoever looks at the page may open another one: for links and buttons."""
    return is_open_to(find_actor(), endpoint)


def is_open_to(who: Actor | None, endpoint: str) -> bool:
    """Tell whether a person, or a passer-by, may open a page."""
    demand = access_of(current_app._get_current_object(), endpoint)  # type: ignore[attr-defined]  # a proxy
    if demand is None or not demand.roles:
        return demand is not None
    return who is not None and demand.admits(who)


def _path_back() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None
