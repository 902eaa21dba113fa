"""What a helper does for a household that binds it: asked for first, carried out with the holder's code.

The steps are the household's own (``service``); only the asking is added.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, HelpLevel
from app.homes.rules import home_name
from app.notices.words import yuan
from app.projects import helping_acts
from app.projects.helping_acts import Binding
from app.projects.helping_models import HelperAct
from app.redemptions import basket_queries, ground, kin, queries, service, snapshot, states
from app.redemptions.errors import QuoteExpired, QuoteUsed
from app.redemptions.models import KinConsent
from app.redemptions.service.consents import check_ending, check_giving
from app.redemptions.snapshot import HomeFacts, Snapshot
from app.redemptions.states import Action, State


class Deed(StrEnum):
    """What a helper may ask for; nothing else binds a household through somebody else."""

    RESERVE = "reserve"
    RESERVE_BASKET = "reserve_basket"
    CANCEL = "cancel"
    GIVE_CONSENT = "give_consent"
    END_CONSENT = "end_consent"


def ask(session: Session, *, actor: Actor, deed: Deed, ref: str) -> tuple[HelperAct, str]:
    """Ask the holder to agree to a deed; ``ref`` is of the quote, the purchase or the request of kin.

    Returns the act and a token for the helper's browser. Raises what ``helping_acts.ask`` does; NotFound for
    another household's; QuoteExpired, QuoteUsed; Conflict for what cannot be given up, or is over.
    """
    helping_acts.demand(session, actor=actor, level=HelpLevel.ACT)
    return helping_acts.ask(session, actor=actor, binding=_WAYS[deed].bind(session, actor, ref))


def carry_out(session: Session, *, actor: Actor, act_ref: str, token: str, code: str) -> str:
    """Do what the holder agreed to by a code, as the household's own step.

    Returns the reference of the purchase; of a basket's lock or of a consent that of what was agreed to.
    Raises what ``helping_acts.agree``, the step itself and ``helping_acts.note_done`` do; then nothing was
    done, and the code is not used up.
    """
    act = helping_acts.agree(session, actor=actor, act_ref=act_ref, token=token, code=code)
    agreed = replace(actor, helper_act_id=act.id)
    ref = _WAYS[Deed(act.action)].carry_out(session, agreed, act)
    helping_acts.note_done(session, actor=agreed)
    return ref


def _bind_reserving(session: Session, actor: Actor, ref: str) -> Binding:
    quote = queries.get_quote(session, actor=actor, ref=ref)
    done = queries.find_redemption_of(session, quote=quote)
    if done is not None:
        raise QuoteUsed(done.ref)
    if clock.now() >= quote.expires_at:
        raise QuoteExpired
    frozen = snapshot.read(quote.snapshot)
    place = _place(frozen.home)
    words = f"锁定{place}，实付价 {yuan(frozen.price_fen)}，{_sources([frozen])}"
    return Binding(Deed.RESERVE, ref, place, frozen.price_fen, words)


def _reserve(session: Session, actor: Actor, act: HelperAct) -> str:
    return service.reserve(session, actor=actor, quote_ref=act.about_ref).ref


def _bind_basket(session: Session, actor: Actor, ref: str) -> Binding:
    """Name every home of the quote and what all cost: the code is good for these and this quote alone."""
    basket = basket_queries.get_basket_quote(session, actor=actor, ref=ref)
    done = basket_queries.redemptions_of_basket(session, basket)
    if done:
        raise QuoteUsed(done[0].ref)
    if clock.now() >= basket.expires_at:
        raise QuoteExpired
    frozen = [snapshot.read(quote.snapshot) for quote in basket.quotes]
    place = "、".join(_place(one.home) for one in frozen)
    price_fen = sum(one.price_fen for one in frozen)
    words = f"一起锁定 {len(frozen)} 套房（{place}），合计 {yuan(price_fen)}，{_sources(frozen)}"
    return Binding(Deed.RESERVE_BASKET, ref, place, price_fen, words)


def _reserve_basket(session: Session, actor: Actor, act: HelperAct) -> str:
    service.reserve_basket(session, actor=actor, basket_ref=act.about_ref)
    return act.about_ref


def _bind_cancelling(session: Session, actor: Actor, ref: str) -> Binding:
    found = queries.get_redemption(session, actor=actor, ref=ref)
    states.after(actor.role, State(found.state), Action.CANCEL)
    place = ground.place_of(found.home)
    spent = sum(part.spent_fen for part in found.allocations)
    words = f"取消锁定{place}，退回房票 {yuan(spent)}"
    return Binding(Deed.CANCEL, ref, place, spent, words)


def _cancel(session: Session, actor: Actor, act: HelperAct) -> str:
    return service.cancel(session, actor=actor, redemption_ref=act.about_ref).ref


def _bind_consent(session: Session, actor: Actor, ref: str) -> Binding:
    consent = kin.get_consent(session, actor=actor, ref=ref)
    check_giving(session, actor=actor, consent=consent)
    return _of_consent(Deed.GIVE_CONSENT, consent, "同意")


def _give_consent(session: Session, actor: Actor, act: HelperAct) -> str:
    done = service.give_consent(session, actor=actor, consent_ref=act.about_ref, seen_fen=act.sum_fen)
    return done.ref


def _bind_ending(session: Session, actor: Actor, ref: str) -> Binding:
    consent = kin.get_consent(session, actor=actor, ref=ref)
    check_ending(consent)
    return _of_consent(Deed.END_CONSENT, consent, "不同意" if consent.state == "asked" else "撤回同意，不")


def _end_consent(session: Session, actor: Actor, act: HelperAct) -> str:
    return service.end_consent(session, actor=actor, consent_ref=act.about_ref).ref


def _of_consent(deed: Deed, consent: KinConsent, verb: str) -> Binding:
    place = ground.place_of(consent.home)
    words = f"{verb}用房票 {consent.voucher.ref} 帮亲属买{place}，最多出 {yuan(consent.most_fen)}"
    return Binding(deed, consent.ref, place, consent.most_fen, words)


def _place(home: HomeFacts) -> str:
    return f"{home.development} {home_name(home.building, home.unit, home.room)}"


def _sources(frozen: list[Snapshot]) -> str:
    spent, bonus, top_up = (
        sum(getattr(one, part) for one in frozen) for part in ("spent_fen", "bonus_fen", "top_up_fen")
    )
    return f"其中房票 {yuan(spent)}、奖励 {yuan(bonus)}、自付 {yuan(top_up)}"


@dataclass(frozen=True, slots=True)
class _Way:
    """How a deed is put to the holder, and how it is then done."""

    bind: Callable[[Session, Actor, str], Binding]
    carry_out: Callable[[Session, Actor, HelperAct], str]


_WAYS: Final = {
    Deed.RESERVE: _Way(_bind_reserving, _reserve),
    Deed.RESERVE_BASKET: _Way(_bind_basket, _reserve_basket),
    Deed.CANCEL: _Way(_bind_cancelling, _cancel),
    Deed.GIVE_CONSENT: _Way(_bind_consent, _give_consent),
    Deed.END_CONSENT: _Way(_bind_ending, _end_consent),
}
