"""Who may open which page: roles are data on the view, and the one place that knows who is signed in.

Every view carries ``@public`` or ``@roles(...)``; one that carries neither answers 500, so forgetting fails
closed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from flask import Flask, Response, current_app, flash, g, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user, login_user, logout_user
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Duty, HelpLevel, Role
from app.core.errors import Forbidden
from app.extensions import db, login_manager
from app.identity import service
from app.identity.live import LiveSignIn, find_live_sign_in
from app.identity.rules import NEEDS_SECOND_FACTOR, SEEN_EVERY
from app.identity.tokens import Scope
from app.projects import helping, visits
from app.projects.helping_models import HelperGrant
from app.projects.helping_queries import find_active
from app.projects.models import CounterVisit
from app.web import bearer
from app.web.language import gettext as _
from app.web.transactions import READING, commit

HELPING: Final = "helping"
"""Where the cookie keeps for which household a helper acts."""

View = TypeVar("View", bound=Callable[..., Any])
_MARK: Final = "__access__"


@dataclass(frozen=True)
class Access:
    """What a view demands: nothing (``roles`` empty), or one of the roles; of a developer maybe a duty."""

    roles: frozenset[Role]
    duties: frozenset[Duty] = frozenset(Duty)
    early: bool = False
    """May be opened before the account is ready: its password one's own, its second factor on."""
    when: str = ""
    """What else must hold, in words for the table of permissions; the domain refuses it otherwise."""
    scope: Scope | None = None
    """What a program's token must be good for; then no cookie counts."""
    token_only: bool = True
    """With a scope: nobody enters without a token. If not, only one that is sent has to be good."""
    helper: HelpLevel | None = None
    """From which level on a helper opens it for a household; None: never, only the household itself."""

    def admits(self, who: Actor) -> bool:
        """Tell whether a signed-in person may open it."""
        if self.roles and who.level is not None:
            return self.helper is not None and who.level.reaches(self.helper)
        if self.roles and who.role not in self.roles:
            return False
        return not self.roles or who.duty is None or who.duty in self.duties


DESKS: Final = {
    Role.HOUSEHOLD: "household.wallet",
    Role.DEVELOPER: "developer.desk",
    Role.OFFICER: "authority.desk",
    Role.CHECKER: "authority.desk",
    Role.REGULATOR: "regulator.signals",
    Role.AUDITOR: "regulator.signals",
    Role.INSPECTOR: "regulator.signals",
    Role.ADMINISTRATOR: "authority.status",
    Role.HELPER: "helper.home",
}
"""Where each role starts its work."""


def public(view: View) -> View:
    """Mark a view that anybody may open."""
    setattr(view, _MARK, Access(frozenset()))
    return view


SELLING: Final = (Duty.MANAGER, Duty.SALES)
"""The duties that change what a developer offers; finance reads."""


def roles(
    *allowed: Role,
    duties: Iterable[Duty] = Duty,
    early: bool = False,
    when: str = "",
    helper: HelpLevel | None = None,
) -> Callable[[View], View]:
    """Mark a view that only people in one of these roles may open; of a developer only these duties.

    ``early``: also before the account is ready. ``when``: what else must hold, for the table of permissions.
    ``helper``: from which level on a helper of a household opens it too.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, Access(frozenset(allowed), frozenset(duties), early, when, helper=helper))
        return view

    return mark


def by_token(scope: Scope) -> Callable[[View], View]:
    """Mark a view of the API that only a developer's program with a token of that scope may use."""

    def mark(view: View) -> View:
        setattr(view, _MARK, Access(frozenset(), scope=scope))
        return view

    return mark


def public_or_token(scope: Scope) -> Callable[[View], View]:
    """Mark a view of the API that anybody may use; a token that is sent must be of that scope."""

    def mark(view: View) -> View:
        setattr(view, _MARK, Access(frozenset(), scope=scope, token_only=False))
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return what a view demands, or None when nobody said."""
    return getattr(app.view_functions[endpoint], _MARK, None)


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login is untyped
    """Flask-Login's user: a live sign-in, known to the browser by its token."""

    def __init__(self, token: str, sign_in: LiveSignIn) -> None:
        self._token = token
        self.sign_in = sign_in

    def get_id(self) -> str:
        """Return the token that the cookie carries."""
        return self._token


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login is untyped
def _load(token: str) -> SignedIn | None:
    row = find_live_sign_in(db.session(), token, idle=current_app.config["STAFF_IDLE"])
    return SignedIn(token, row) if row else None


def enter(token: str) -> LiveSignIn:
    """Let this browser in by the token of a sign-in that was just opened, and return that sign-in.

    Raises Forbidden for one that opens nothing.
    """
    user = _load(token)
    if user is None:
        raise Forbidden("sign_in_first")
    login_user(user)
    _forget_who()
    return the_sign_in()


def leave() -> None:
    """Let this browser be a passer-by's."""
    logout_user()
    _forget_who()


_WHO: Final = ("sign_in", "acting", "counter_visit", "helper_grant")
"""What of a request's person is asked once and kept for the request."""

Kept = TypeVar("Kept")


def _once(name: str, ask: Callable[[], Kept]) -> Kept:
    """Return what was asked before in this request, or ask it now.

    A request asks thirty times who it is of; each way through the proxy would take as long as the answer.
    """
    kept = vars(g._get_current_object())
    if name not in kept:
        kept[name] = ask()
    return cast(Kept, kept[name])


def _forget_who() -> None:
    for name in _WHO:
        g.pop(name, None)


def current_sign_in() -> LiveSignIn | None:
    """Return who is signed in, for the page's header and the account pages; None for a passer-by."""
    return _once("sign_in", _find_sign_in)


def _find_sign_in() -> LiveSignIn | None:
    user = current_user._get_current_object()
    return cast(SignedIn, user).sign_in if user.is_authenticated else None


def the_sign_in() -> LiveSignIn:
    """Return the sign-in. Raises Forbidden for a passer-by: the view's mark should stop them."""
    row = current_sign_in()
    if row is None:
        raise Forbidden("sign_in_first")
    return row


def find_actor() -> Actor | None:
    """Return the signed-in actor, or None for a passer-by; clerk and helper act as the household."""
    return _once("acting", _find_acting)


def _find_acting() -> Actor | None:
    row = current_sign_in()
    return _acting(row) if row else None


def actor() -> Actor:
    """Return the signed-in actor. Raises Forbidden for a passer-by: the view's mark should stop them."""
    who = find_actor()
    if who is None:
        raise Forbidden("sign_in_first")
    return who


def current_visit() -> CounterVisit | None:
    """Return the visit to the counter in which this clerk acts for a household, or None."""
    row = current_sign_in()
    if row is None or row.role is not Role.OFFICER:
        return None
    return _once("counter_visit", lambda: visits.find_open(db.session(), sign_in_id=row.id))


def own_actor() -> Actor:
    """Return the signed-in person for themselves, also while they help a household."""
    return the_sign_in().person


def current_help() -> HelperGrant | None:
    """Return the grant under which this person acts for a household now, or None.

    The cookie names it; whether it still holds is asked anew at each request.
    """
    row, ref = current_sign_in(), cookie.get(HELPING)
    if row is None or ref is None:
        return None
    return _once("helper_grant", lambda: find_active(db.session(), user_id=row.user_id, ref=ref))


def help_with(grant_ref: str | None) -> None:
    """Act for a household from the next request on, or (None) for oneself again."""
    cookie.pop(HELPING, None)
    if grant_ref is not None:
        cookie[HELPING] = grant_ref
    g.pop("acting", None)


def _acting(row: LiveSignIn) -> Actor:
    who, visit, grant = row.person, current_visit(), current_help()
    if visit:
        return visits.acting(who, visit)
    return helping.acting(who, grant) if grant else who


def _left_behind() -> ResponseReturnValue | None:
    """Lead away from a household whose grant has ended meanwhile: nothing falls to one's own account."""
    if HELPING not in cookie or current_help() is not None:
        return None
    help_with(None)
    flash(_("这一户的帮办已经结束，或者暂时停用，刚才的操作没有生效。"), "important")
    return redirect(url_for("helper.home"), 303)


def enforce() -> ResponseReturnValue | None:
    """Before each request: let through, send to sign-in, or raise Forbidden."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    demand = access_of(current_app._get_current_object(), request.endpoint)  # type: ignore[attr-defined]  # a proxy
    if demand is None:
        raise RuntimeError(f"{request.endpoint} says nothing about access")
    if demand.scope is not None and (demand.token_only or "Authorization" in request.headers):
        bearer.enter(demand.scope)
    if not demand.roles:
        return None
    row = current_sign_in()
    if row is None:
        return redirect(url_for("account.sign_in", next=_path_back()))
    if over := _left_behind():
        return over
    who, first = actor(), first_duty(row)
    if first and not demand.early:
        return redirect(url_for(first), 303)
    if not demand.admits(who):
        raise Forbidden(_refusal(who, demand))
    return None


def _refusal(who: Actor, demand: Access) -> str:
    """Return the code of why a person may not open a page."""
    if who.visit_id is not None:
        return "counter_first"
    if who.grant_id is not None:
        return "helper_level" if demand.helper else "helper_never"
    if who.role is Role.OFFICER and demand.roles == {Role.HOUSEHOLD}:
        return "counter_over"
    if who.role not in demand.roles:
        return "wrong_role"
    return "wrong_duty" if Duty.SALES in demand.duties else "wrong_duty_money"


def first_duty(row: LiveSignIn) -> str | None:
    """Return the page that somebody must deal with before any other, or None."""
    if row.password_issued:
        return "account.password"
    demanded = current_app.config["SECOND_FACTOR_REQUIRED"] and row.role in NEEDS_SECOND_FACTOR
    return "account.second_factor" if demanded and row.proof != "code" else None


def note_use(response: Response) -> Response:
    """After each request: keep the time of the sign-in's last use, to the minute."""
    row = current_sign_in() if request.endpoint not in (None, "static") else None
    visit = current_visit() if row else None
    stale = clock.system_now() - SEEN_EVERY
    if row is not None and (row.seen_at < stale or (visit and visit.seen_at < stale)):
        if request.method in READING:
            with db.session.session_factory() as session:
                _touch(session, row, visit)
        else:  # its own session can write: a second connection for each request could use up the pool
            _touch(db.session(), row, visit)
    return response


def _touch(session: Session, row: LiveSignIn, visit: CounterVisit | None) -> None:
    service.touch(session, sign_in_id=row.id)
    if visit:
        visits.touch(session, visit_id=visit.id)
    commit(session)


def may_open(endpoint: str) -> bool:
    """Tell whether whoever looks at the page may open another one: for links and buttons."""
    return is_open_to(find_actor(), endpoint)


def desk_of(who: Actor) -> str:
    """Return the address where a person's work starts; the search for who has no role."""
    return url_for(DESKS[who.role]) if who.role else "/"


def is_open_to(who: Actor | None, endpoint: str) -> bool:
    """Tell whether a person, or a passer-by, may open a page."""
    demand = access_of(current_app._get_current_object(), endpoint)  # type: ignore[attr-defined]  # a proxy
    if demand is None or not demand.roles:
        return demand is not None
    return who is not None and demand.admits(who)


def _path_back() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None
