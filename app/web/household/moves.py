"""Transferring, splitting and merging vouchers: what each would be, asking for it, and the answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.policies.queries import policy_of
from app.reports.move_paper import render_move
from app.vouchers import move_outlooks
from app.vouchers import move_queries as queries
from app.vouchers import move_states as states
from app.vouchers import moves as service
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_outlooks import Outlook
from app.vouchers.move_rules import ACTS, Wish, digest
from app.vouchers.move_states import Action, Kind
from app.vouchers.queries import get_purse, get_voucher, list_of_household, purses
from app.web import formatting
from app.web import heirs as heir_words
from app.web import joining as joining_words
from app.web import moves as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.export import pdf_response
from app.web.forms.base import Choice, Form
from app.web.forms.joining import JoinedConsentForm
from app.web.forms.moves import ButtonForm, ConsentForm, MergeForm, MoveForm, SplitForm
from app.web.household import bp
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.stops import evidence_of

_BRINGS: Final = frozenset({"asked", "ready"})
"""States in which papers are still to be brought to the counter."""


@bp.get("/vouchers/<ref>/transfer")
@roles(Role.HOUSEHOLD)
def transfer(ref: str) -> ResponseReturnValue:
    """Show the rule of a transfer and what the voucher would be after it; then ask to whom."""
    return _ask_page(_transfer(ref), _form(_transfer(ref)))


@bp.post("/vouchers/<ref>/transfer")
@roles(Role.HOUSEHOLD, when="the policy allows it, nothing is held, and it is as it was shown")
def transfer_post(ref: str) -> ResponseReturnValue:
    """Ask to transfer the voucher."""
    return _ask(lambda form: _transfer(ref, form))


@bp.get("/vouchers/<ref>/split")
@roles(Role.HOUSEHOLD)
def split_voucher(ref: str) -> ResponseReturnValue:
    """Ask into which sums, and show what each voucher would be."""
    query = SplitForm()
    get_purse(db.session(), actor=actor(), ref=ref)
    if not request.args or not query.accept():
        return _split_page(ref, query, None), 422 if request.args else 200
    now = _split(ref, query)
    return _split_page(ref, query, now)


@bp.post("/vouchers/<ref>/split")
@roles(Role.HOUSEHOLD, when="the policy allows it, nothing is held, and it is as it was shown")
def split_voucher_post(ref: str) -> ResponseReturnValue:
    """Ask to split the voucher as the address says."""
    query = SplitForm()
    get_purse(db.session(), actor=actor(), ref=ref)
    if not request.args or not query.accept():
        return redirect(url_for("household.split_voucher", ref=ref), 303)
    return _ask(
        lambda form: _split(ref, query, form), page=lambda now, form: _split_page(ref, query, now, form)
    )


@bp.get("/merge")
@roles(Role.HOUSEHOLD)
def merge() -> ResponseReturnValue:
    """Ask which vouchers, and show what they would be together."""
    query = _merge_form()
    if len(query.vouchers.choices) < 2 or not request.args:
        return _merge_page(query, None)
    if not query.accept():
        return _merge_page(query, None), 422
    return _merge_page(query, _merge(query))


@bp.post("/merge")
@roles(Role.HOUSEHOLD, when="the policy allows it, nothing is held, and it is as it was shown")
def merge_post() -> ResponseReturnValue:
    """Ask to merge the vouchers that the address names."""
    query = _merge_form()
    if not request.args or not query.accept():
        return redirect(url_for("household.merge"), 303)
    return _ask(lambda form: _merge(query, form), page=lambda now, form: _merge_page(query, now, form))


@bp.get("/moves/<ref>")
@roles(Role.HOUSEHOLD)
def move(ref: str) -> ResponseReturnValue:
    """Show a move to either side: what was shown, and where it stands."""
    return _move_page(ref, _consent_form(queries.get_move(db.session(), actor=actor(), ref=ref)))


@bp.get("/moves/<ref>/form.pdf")
@roles(Role.HOUSEHOLD)
def move_paper(ref: str) -> ResponseReturnValue:
    """Give the form that both sides sign."""
    session = db.session()
    found = queries.get_move(session, actor=actor(), ref=ref)
    return pdf_response(found.ref, render_move(session, move=found))


@bp.post("/moves/<ref>/consent")
@roles(
    Role.HOUSEHOLD, when="the household takes the voucher over or owns one of those merged, and did not ask"
)
def consent_move(ref: str) -> ResponseReturnValue:
    """Consent to take the voucher over, or to have one's own merged, as it was shown."""
    form = _consent_form(queries.get_move(db.session(), actor=actor(), ref=ref))

    def act() -> None:
        service.consent(db.session(), actor=actor(), move_ref=ref, seen=str(form.seen.data))

    return _answer(ref, form, act, _("您已同意，等征收办核对。"))


@bp.post("/moves/<ref>/decline")
@roles(Role.HOUSEHOLD, when="as for consenting, while somebody has not consented")
def decline_move(ref: str) -> ResponseReturnValue:
    """Say that the household does not want it."""

    def act() -> None:
        service.decline(db.session(), actor=actor(), move_ref=ref)

    return _answer(ref, ButtonForm(), act, _("已经告诉对方您不要。"))


@bp.post("/moves/<ref>/withdraw")
@roles(Role.HOUSEHOLD, when="the household asked, or consented to a merge, and no officer prepared it yet")
def withdraw_move(ref: str) -> ResponseReturnValue:
    """Take the wish back."""

    def act() -> None:
        service.withdraw(db.session(), actor=actor(), move_ref=ref)

    return _answer(ref, ButtonForm(), act, _("已经撤回，房票在使用期限内可以继续用。"))


def _transfer(ref: str, form: MoveForm | None = None) -> Outlook:
    wish = Wish(Kind.TRANSFER, (ref,))
    if form is None:
        return _look(wish)
    kin, residents = form["kin"].value or None, form.number("residents")
    return _look(replace(wish, kin=kin, residents=residents, other_homes_m2=form.area))


def _split(ref: str, query: SplitForm, form: MoveForm | None = None) -> Outlook:
    kin = "spouse" if query.is_divorce else None
    wish = Wish(Kind.SPLIT, (ref,), query.shares(), kin, query.is_divorce)
    if form is None:
        return _look(wish)
    counts = (form.number("first_residents") or 0, form.number("second_residents") or 0)
    residents = form.number("residents")
    return _look(replace(wish, shares=query.shares(counts), residents=residents, other_homes_m2=form.area))


def _merge(query: MergeForm, _form: MoveForm | None = None) -> Outlook:
    return _look(Wish(Kind.MERGE, tuple(query.vouchers.values)))


def _look(wish: Wish) -> Outlook:
    """Return what a wish would make of the household's own vouchers. Raises NotFound for others."""
    session, who = db.session(), actor()
    vouchers = [get_voucher(session, actor=who, ref=ref) for ref in wish.refs]
    if not vouchers or any(voucher.issued_at is None for voucher in vouchers):
        raise NotFound("voucher_gone")
    return move_outlooks.outlook(session, vouchers, wish)


def _form(now: Outlook) -> MoveForm:
    """Return the form with what this move asks for."""
    form, wish = MoveForm(), now.wish
    if not wish.has_other:
        form.drop("name", "id_number")
    if wish.kind is not Kind.TRANSFER:
        form.drop("kin")
    asks = move_outlooks.asks_floor(now.policy, wish.kind)
    if not asks:
        form.drop("residents", "other_homes")
    for place, name in enumerate(("first_residents", "second_residents")):
        if not asks or place >= len(wish.shares):
            form.drop(name)
    return form


Page = Callable[[Outlook, MoveForm], str]


def _ask(look: Callable[[MoveForm | None], Outlook], page: Page | None = None) -> ResponseReturnValue:
    now = look(None)
    form = _form(now)
    again = page or _ask_page
    made: list[VoucherMove] = []

    def act() -> None:
        wish = look(form).wish
        seen = str(form.seen.data)
        made.append(service.ask(db.session(), actor=actor(), wish=wish, other=form.other, seen=seen))

    answer = do_or_ask_again(
        form,
        act,
        again=lambda: again(look(None), form),
        done=_("申请已经提交。办结以前，这些房票不能买房。"),
        to="",
    )
    return redirect(url_for("household.move", ref=made[0].ref), 303) if made else answer


def _ask_page(now: Outlook, form: MoveForm) -> str:
    return _page("household/ask-move.html", now, form)


def _split_page(ref: str, query: SplitForm, now: Outlook | None, form: MoveForm | None = None) -> str:
    session, who = db.session(), actor()
    voucher = get_voucher(session, actor=who, ref=ref)
    policy = policy_of(voucher.policy_version)
    if now is None:
        rule = words.rule_text(policy, Kind.SPLIT, voucher.splits_done)
        purse = get_purse(session, actor=who, ref=ref)
        return render_template(
            "household/split-voucher.html", voucher=voucher, purse=purse, rule=rule, form=query
        )
    return _page(
        "household/ask-move.html", now, form or _form(now), change=url_for("household.split_voucher", ref=ref)
    )


def _merge_page(query: MergeForm, now: Outlook | None, form: MoveForm | None = None) -> str:
    if now is None:
        return render_template("household/merge.html", form=query, offered=query.vouchers.choices)
    return _page("household/ask-move.html", now, form or _form(now), change=url_for("household.merge"))


def _merge_form() -> MergeForm:
    session, who, form = db.session(), actor(), MergeForm()
    own = list_of_household(session, actor=who, household_id=who.household)
    form.vouchers.choices = [
        Choice(
            purse.ref,
            _("房票 %(ref)s", ref=purse.ref),
            hint=_(
                "余额 %(sum)s，使用期限到 %(day)s",
                sum=formatting.yuan(purse.available_fen),
                day=formatting.last_day(purse.expires_at),
            ),
        )
        for purse in purses(session, [one for one in own if one.state == "issued"])
        if purse.policy.merges.times
    ]
    return form


def _page(template: str, now: Outlook, form: MoveForm, change: str | None = None) -> str:
    session, who = db.session(), actor()
    form.seen.data = now.mark
    vouchers = [get_voucher(session, actor=who, ref=ref) for ref in now.wish.refs]
    done = max(getattr(one.terms, ACTS[now.wish.kind]) for one in now.held)
    to_kin = max(one.terms.kin_transfers for one in now.held)
    live = [found for one in vouchers if (found := queries.find_open(session, voucher_id=one.id))]
    return render_template(
        template,
        now=now,
        vouchers=vouchers,
        rule=[
            *words.rule_text(now.policy, now.wish.kind, done, done_to_kin=to_kin),
            *words.other_sizes(now.policy, now.held, now.made),
        ],
        after=words.made_rows(
            now.policy,
            now.made,
            holders=words.holders_of(now.made, own=vouchers[0].household.holder_name, other=None),
            is_open=now.wish.kind is Kind.TRANSFER,
        ),
        block=message_of(DomainError(now.block)) if now.block else None,
        live=live[0] if live else None,
        bring=_brought_for(now.wish),
        change=change,
        form=form,
        words=words,
    )


def _brought_for(wish: Wish) -> list[str]:
    """Return which papers a household will have to bring for what it is about to ask."""
    if wish.is_divorce:
        return evidence_of("divorce")
    if wish.kind is Kind.TRANSFER:
        kin = _("对方是您家亲属的，还要户口簿、出生证、结婚证等亲属关系证明")
        return [*evidence_of("transfer_others"), kin]
    return evidence_of(wish.kind)


def _consent_form(found: VoucherMove) -> ConsentForm:
    """Return the form for the consent that a move asks for: to take a voucher, or to give one."""
    return JoinedConsentForm() if found.owners else ConsentForm()


def _answer(ref: str, form: Form, act: Callable[[], object], done: str) -> ResponseReturnValue:
    return do_or_ask_again(
        form,
        act,
        again=lambda: _move_page(ref, form),
        done=done,
        to=url_for("household.move", ref=ref),
    )


def _move_page(ref: str, asked: Form) -> str:
    session, who = db.session(), actor()
    found = queries.get_move(session, actor=who, ref=ref)
    is_other = found.household_id != who.household
    waits = queries.awaits(found, who.household)
    form = asked if isinstance(asked, ConsentForm) else _consent_form(found)
    form.form_errors = asked.form_errors
    form.seen.data = digest(found.shown)
    new: Sequence[Voucher] = queries.list_made(session, move=found)
    before, after = words.shown_rows(found, new)
    return render_template(
        "household/move.html",
        move=found,
        own=who.household,
        joining=joining_words,
        warnings=joining_words.warnings(name=found.household.holder_name, sum_fen=joining_words.sum_of(found))
        if found.owners
        else [],
        before=before,
        after=after,
        bring=evidence_of(words.papers_of(found)) if found.state in _BRINGS else [],
        mine=[one for one in new if one.household_id == who.household],
        may_consent=waits and states.may(who.role, found.state, Action.CONSENT),
        may_withdraw=(not is_other or (bool(found.owners) and not waits))
        and found.kind != Kind.INHERIT
        and states.may(who.role, found.state, Action.WITHDRAW),
        heir_words=heir_words,
        form=form,
        button=ButtonForm(),
        words=words,
    )
