"""What a helper does for a household that binds it: asked for first, carried out with the holder's code.

The steps are the household's own (``service``); only the asking is added.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, HelpLevel
from app.homes.rules import home_name
from app.notices.words import yuan
from app.projects import helping_acts
from app.projects.helping_acts import Binding
from app.projects.helping_models import HelperAct
from app.redemptions import ground, queries, service, snapshot, states
from app.redemptions.errors import QuoteExpired, QuoteUsed
from app.redemptions.models import Redemption
from app.redemptions.states import Action, State


def ask(session: Session, *, actor: Actor, action: Action, ref: str) -> tuple[HelperAct, str]:
    """Ask the holder to agree to a lock (``ref`` of a quote) or to giving one up (of a purchase).

    Returns the act and a token for the helper's browser. Raises what ``helping_acts.ask`` does; NotFound for
    another household's; QuoteExpired, QuoteUsed; Conflict for what cannot be given up any more.
    """
    helping_acts.demand(session, actor=actor, level=HelpLevel.ACT)
    return helping_acts.ask(session, actor=actor, binding=_BINDINGS[action](session, actor, ref))


def carry_out(session: Session, *, actor: Actor, act_ref: str, token: str, code: str) -> Redemption:
    """Do what the holder agreed to by a code, as the household's own step; returns the redemption.

    Raises what ``helping_acts.agree`` and the step itself do; then the code is not used up.
    """
    act = helping_acts.agree(session, actor=actor, act_ref=act_ref, token=token, code=code)
    agreed = replace(actor, helper_act_id=act.id)
    if act.action == Action.RESERVE:
        return service.reserve(session, actor=agreed, quote_ref=act.about_ref)
    return service.cancel(session, actor=agreed, redemption_ref=act.about_ref)


def _reserving(session: Session, actor: Actor, ref: str) -> Binding:
    quote = queries.get_quote(session, actor=actor, ref=ref)
    done = queries.find_redemption_of(session, quote=quote)
    if done is not None:
        raise QuoteUsed(done.ref)
    if clock.now() >= quote.expires_at:
        raise QuoteExpired
    frozen = snapshot.read(quote.snapshot)
    home = frozen.home
    place = f"{home.development} {home_name(home.building, home.unit, home.room)}"
    words = (
        f"锁定{place}，实付价 {yuan(frozen.price_fen)}，其中房票 {yuan(frozen.spent_fen)}、"
        f"奖励 {yuan(frozen.bonus_fen)}、自付 {yuan(frozen.top_up_fen)}"
    )
    return Binding(Action.RESERVE, ref, place, frozen.price_fen, words)


def _cancelling(session: Session, actor: Actor, ref: str) -> Binding:
    found = queries.get_redemption(session, actor=actor, ref=ref)
    states.after(actor.role, State(found.state), Action.CANCEL)
    place = ground.place_of(found.home)
    spent = sum(part.spent_fen for part in found.allocations)
    words = f"取消锁定{place}，退回房票 {yuan(spent)}"
    return Binding(Action.CANCEL, ref, place, spent, words)


_BINDINGS: Final[dict[Action, Callable[[Session, Actor, str], Binding]]] = {
    Action.RESERVE: _reserving,
    Action.CANCEL: _cancelling,
}
"""What a helper may ask for; nothing else binds a household through somebody else."""
