"""Vouchers of kin (合用亲属房票): asking another household, and its consent."""

from collections.abc import Sequence
from typing import Any, Final

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import HelpLevel, Role
from app.core.errors import DomainError, TooMany
from app.core.ids import normalise_ref
from app.core.rates import take
from app.extensions import db
from app.homes.models import Home
from app.homes.queries import get_public_home
from app.identity.claim_tries import kin_requests
from app.redemptions import kin, service
from app.redemptions.helped import Deed
from app.redemptions.models import KinConsent
from app.vouchers.queries import purse_of
from app.web import redemptions as words
from app.web import stopped
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again, status_again
from app.web.forms.base import Choice, Form
from app.web.forms.household import ConsentForm, KinForm
from app.web.helping import ask_holder
from app.web.household import bp
from app.web.kin import BUYERS
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

RELATIONS: Final = {word: name for word, name in BUYERS.items() if word not in {"self", "other"}}
"""What a buyer may be to a voucher's holder; the policy decides which of them count."""

STATES: Final[dict[str, tuple[Any, str]]] = {
    "asked": (_l("等对方同意"), "wait"),
    "given": (_l("已同意"), "good"),
    "declined": (_l("没有同意"), "plain"),
    "withdrawn": (_l("已撤回"), "plain"),
    "used": (_l("已用来锁定"), "info"),
}


@bp.get("/consents/")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def consents() -> ResponseReturnValue:
    """List what the household asked its kin for, and what it is asked for."""
    who = actor()
    rows = kin.list_consents(db.session(), actor=who)
    return render_template(
        "household/consents.html",
        incoming=[one for one in rows if one.owner_id == who.household],
        outgoing=[one for one in rows if one.household_id == who.household],
        tag_of=_tag,
        words=words,
    )


@bp.get("/homes/<ref>/kin")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def ask_kin(ref: str) -> ResponseReturnValue:
    """Ask whose voucher is to help, and with how much."""
    return _ask_page(get_public_home(db.session(), ref=ref), _kin_form())


@bp.post("/homes/<ref>/kin")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE, when="the other voucher's policy names such kin")
def ask_kin_post(ref: str) -> ResponseReturnValue:
    """Send the request to the other household."""
    session, form = db.session(), _kin_form()
    if not form.accept():
        return _ask_page(get_public_home(session, ref=ref), form), 422
    who = actor()
    try:
        if (full := take(kin_requests(household_id=who.household))) is not None:
            stopped.note(full, user_id=who.user_id)
            raise TooMany("kin_asks_too_many", minutes=full.bucket.seconds // 60)
        consent = service.ask_kin(
            session,
            actor=who,
            home_ref=ref,
            voucher_ref=normalise_ref(form.voucher.value) or "",
            relation=str(form.relation.data),
            most_fen=form.most.value,
        )
    except DomainError as error:
        form.apply(error)
        return _ask_page(get_public_home(session, ref=ref), form), status_again(error)
    flash(_("请求已经发给对方。对方同意以后，您会收到消息。"))
    return redirect(url_for("household.consent", ref=consent.ref), 303)


@bp.get("/consents/<ref>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def consent(ref: str) -> ResponseReturnValue:
    """Show one request: the home, the sum, and to the voucher's holder what is left afterwards."""
    return _consent_page(ref, ConsentForm())


@bp.post("/consents/<ref>")
@roles(
    Role.HOUSEHOLD,
    helper=HelpLevel.ACT,
    when="the voucher is this household's and holds the sum; a helper does not stand with those who ask",
)
def give_consent(ref: str) -> ResponseReturnValue:
    """Consent to the sum that the page showed."""
    who, form = actor(), ConsentForm()

    def give() -> Any:
        if who.grant_id is not None:
            return ask_holder(Deed.GIVE_CONSENT, ref)
        return service.give_consent(db.session(), actor=who, consent_ref=ref, seen_fen=form.seen_fen)

    return do_or_ask_again(
        form,
        give,
        again=lambda: _consent_page(ref, form),
        done=_("您已同意。对方锁定房源以前，您随时可以撤回。"),
        to=url_for("household.consent", ref=ref),
    )


@bp.post("/consents/<ref>/end")
@roles(
    Role.HOUSEHOLD,
    helper=HelpLevel.PREPARE,
    when="no home is locked with it yet; what the household was asked or gave, a helper from act on",
)
def end_consent(ref: str) -> ResponseReturnValue:
    """Decline the request, or withdraw it or the consent."""
    who, form = actor(), ConsentForm()

    def end() -> Any:
        if who.grant_id is not None and _is_owner(ref):
            return ask_holder(Deed.END_CONSENT, ref)
        return service.end_consent(db.session(), actor=who, consent_ref=ref)

    return do_or_ask_again(
        form,
        end,
        again=lambda: _consent_page(ref, form),
        done=_("已经结束，这张房票不会用在这套房上。"),
        to=url_for("household.consent", ref=ref),
    )


def _tag(one: KinConsent) -> tuple[Any, str]:
    if one.state in ("asked", "given") and clock.now() >= one.ends_at:
        return _("已过期"), "plain"
    if one.state == "asked" and one.owner_id == actor().household:
        return _("等您决定"), "wait"
    return STATES[one.state]


def _is_owner(ref: str) -> bool:
    """Tell whether a request asks the acting household, and was not made by it. Raises NotFound."""
    who = actor()
    return kin.get_consent(db.session(), actor=who, ref=ref).owner_id == who.household


def _reaches(level: HelpLevel) -> bool:
    """Tell whether whoever looks may go that far: the household itself always, a helper by their grant."""
    who = actor()
    return who.level is None or who.level.reaches(level)


def _kin_form() -> KinForm:
    form = KinForm()
    allowed = kin.allowed_relations(db.session(), actor=actor())
    form.relation.choices = [
        Choice(word, str(name)) for word, name in RELATIONS.items() if allowed is None or word in allowed
    ]
    form.relation.hint = _why_not(form.relation.choices)
    return form


def _why_not(offered: Sequence[Choice]) -> str:
    """Return which kin are not on offer and why, in a sentence; nothing where all are."""
    words = {choice.value for choice in offered}
    others = [str(name) for word, name in RELATIONS.items() if word not in words]
    if not others:
        return ""
    return _("房票政策只许下面这些亲属合用。%(others)s不在政策里，不能合用。", others="、".join(others))


def _ask_page(home: Home, form: KinForm) -> str:
    return render_template(
        "household/ask-kin.html", home=home, place=words.place(home), form=form, offered=form.relation.choices
    )


def _consent_page(ref: str, form: ConsentForm) -> str:
    session, who = db.session(), actor()
    one = kin.get_consent(session, actor=who, ref=ref)
    is_owner = one.owner_id == who.household
    purse = purse_of(session, one.voucher) if is_owner else None
    is_live = one.state in ("asked", "given") and clock.now() < one.ends_at
    form.sum.data = str(one.most_fen)
    return render_template(
        "household/consent.html",
        consent=one,
        is_owner=is_owner,
        relation=RELATIONS.get(one.relation, one.relation),
        available_fen=purse.available_fen if purse else None,
        left_fen=purse.available_fen - one.most_fen if purse else None,
        is_live=is_live,
        may_give=is_owner and one.state == "asked" and is_live and _reaches(HelpLevel.ACT),
        may_end=is_live and _reaches(HelpLevel.ACT if is_owner else HelpLevel.PREPARE),
        tag_of=_tag,
        form=form,
        button=Form(),
        words=words,
    )
