"""Merging with vouchers of other households: whose they are, what it would be, and asking for it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.policies.queries import policy_of
from app.vouchers import joining, move_outlooks
from app.vouchers import moves as service
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_outlooks import Outlook
from app.vouchers.move_rules import Join, Wish
from app.vouchers.move_states import Kind
from app.vouchers.queries import get_voucher, list_of_household
from app.web import joining as words
from app.web import moves as move_words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.errors import status_of
from app.web.forms.base import Choice
from app.web.forms.joining import PLACES, JoinForm, OthersForm, join_form, others_form
from app.web.household import bp
from app.web.language import gettext as _
from app.web.messages import message_of


@bp.get("/merge/with")
@roles(Role.HOUSEHOLD)
def merge_with() -> ResponseReturnValue:
    """Ask which own vouchers are merged with which of other households."""
    return _others_page(_others())


@bp.post("/merge/with")
@roles(Role.HOUSEHOLD, when="number, holder and ID number of each other voucher fit together")
def merge_with_post() -> ResponseReturnValue:
    """Show what they would be together; nothing is asked yet."""
    form = _others()
    if not form.accept():
        return _others_page(form), 422
    try:
        now, vouchers = _look(tuple(form.own.values), form)
    except NotFound:
        raise
    except DomainError as error:
        form.apply(error)
        return _others_page(form), status_of(error)
    asking = join_form(len(form.places), fresh=True)
    asking.carry(form, now.wish.joins, now.mark)
    return _join_page(now, vouchers, asking)


@bp.post("/merge/with/ask")
@roles(Role.HOUSEHOLD, when="the policy allows it, nothing is held, and it is as it was shown")
def merge_with_ask() -> ResponseReturnValue:
    """Ask for the merge; each of the other households is told."""
    form = join_form(_count())
    own = tuple(ref for ref in form.own.value.split(",") if ref)
    made: list[VoucherMove] = []

    def act() -> None:
        now, _vouchers = _look(own, form)
        asked = service.ask(
            db.session(),
            actor=actor(),
            wish=now.wish,
            other=None,
            owners=form.owners,
            seen=form.seen.value,
        )
        made.append(asked)

    def again() -> str:
        now, vouchers = _look(own, form)
        form.seen.data = now.mark
        return _join_page(now, vouchers, form)

    done = _("申请已经提交，已经告诉其他各家。")
    answer = do_or_ask_again(form, act, again=again, done=done, to="")
    return redirect(url_for("household.move", ref=made[0].ref), 303) if made else answer


def _look(own: tuple[str, ...], form: OthersForm | JoinForm) -> tuple[Outlook, list[Voucher]]:
    """Return what a merge would come to, and its vouchers. Raises as ``joining.find``; NotFound."""
    session, who = db.session(), actor()
    mine = [get_voucher(session, actor=who, ref=ref) for ref in own]
    joined = joining.find(session, actor=who, joins=form.joins, owners=form.owners)
    joins = tuple(Join(voucher.ref, join.kin) for voucher, join in zip(joined, form.joins, strict=True))
    wish = Wish(Kind.MERGE, (*own, *(join.ref for join in joins)), joins=joins)
    if not mine or any(voucher.issued_at is None for voucher in mine):
        raise NotFound("voucher_gone")
    vouchers = [*mine, *joined]
    return move_outlooks.outlook(session, vouchers, wish), vouchers


def _count() -> int:
    """Return for how many vouchers of others the page asks."""
    said = request.args.get("others", "1")
    return int(said) if said.isdecimal() and int(said) in PLACES else 1


def _others() -> OthersForm:
    session, who, form = db.session(), actor(), others_form(_count())
    own = [
        voucher
        for voucher in list_of_household(session, actor=who, household_id=who.household)
        if voucher.state == "issued" and policy_of(voucher.policy_version).merges.of != "household"
    ]
    form.own.choices = [Choice(one.ref, _("房票 %(ref)s", ref=one.ref)) for one in own]
    if len(own) == 1 and form.own.data is None:
        form.own.data = [own[0].ref]
    return form


def _others_page(form: OthersForm) -> str:
    count = _count()
    return render_template(
        "household/merge-with.html", form=form, count=count, more=count + 1 if count < len(PLACES) else None
    )


def _join_page(now: Outlook, vouchers: list[Voucher], form: JoinForm) -> str:
    name = vouchers[0].household.holder_name
    done = max(one.terms.merges for one in now.held)
    return render_template(
        "household/ask-join.html",
        now=now,
        form=form,
        before=move_words.held_rows(now.held, words.joined(now.wish.joins, vouchers)),
        after=move_words.made_rows(now.policy, now.made, holders=[name] * len(now.made)),
        rule=[
            *move_words.rule_text(now.policy, Kind.MERGE, done),
            *move_words.other_sizes(now.policy, now.held, now.made),
        ],
        warnings=words.warnings(name=name, sum_fen=sum(one.left_fen for one in now.held)),
        block=message_of(DomainError(now.block)) if now.block else None,
        count=_count(),
        words=move_words,
    )
