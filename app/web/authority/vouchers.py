"""Vouchers of the district, and the checker's decision on each."""

from collections.abc import Iterable, Mapping

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, names_of
from app.core import clock
from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.policies.queries import policy_of
from app.vouchers import extensions, queries, service, stop_queries
from app.vouchers.models import Voucher
from app.vouchers.move_queries import find_open, find_taking
from app.vouchers.queries import WalletVoucher
from app.web import endings as ending_words
from app.web import formatting
from app.web import stops as stop_words
from app.web import vouchers as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.too_late import find_decision, too_late
from app.web.forms.authority import ApproveForm, ReasonForm, StateFilterForm
from app.web.language import gettext as _
from app.web.listing import list_page, offer_states
from app.web.policies import face_rule
from app.web.redemptions import Line


@bp.get("/vouchers/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def vouchers() -> ResponseReturnValue:
    """List the district's vouchers, all or those in one state."""
    form = StateFilterForm()
    offer_states(form.state, words.STATES)
    return list_page(
        "authority/vouchers.html",
        form,
        count=queries.count_vouchers,
        rows=queries.list_vouchers,
        wanted=lambda: {"state": form.state.value or None},
        purses_of=_purses_of,
        words=words,
    )


@bp.get("/vouchers/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def voucher(ref: str) -> ResponseReturnValue:
    """Show one voucher beside its agreement, with who asked, who decided, and its money."""
    session, who = db.session(), actor()
    found = queries.get_voucher(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=service.ISSUE, subject_id=found.id)
    purse = queries.purse_of(session, found)
    stops = stop_queries.list_of_voucher(session, voucher_id=found.id)
    return render_template(
        "authority/voucher.html",
        voucher=found,
        policy=policy_of(found.policy_version),
        lines=_lines(found),
        came_of=found.move,
        taking=find_taking(session, voucher=found) or find_open(session, voucher_id=found.id),
        asked=asked,
        names=names_of(session, asked),
        purse=purse,
        moves=words.movement_rows(queries.movements_of(session, purse), []) if purse else [],
        words=words,
        stops=stops,
        stop_words=stop_words,
        can_stop=stop_words.can_begin(purse, stops) if purse else {},
        batch=found.batch,
        ending_words=ending_words,
        may_extend=who.role is Role.OFFICER
        and purse is not None
        and purse.ending is None
        and found.state == "issued"
        and not found.is_moving
        and clock.now() < purse.expires_at
        and extensions.months_left(session, found) > 0,
        may_decide=who.role == Role.CHECKER and found.state == "submitted" and found.batch_id is None,
    )


@bp.get("/vouchers/<ref>/approve")
@roles(Role.CHECKER)
def approve_voucher(ref: str) -> ResponseReturnValue:
    """Put the figures before the checker once more."""
    return _decided(ref, _("复核通过，发放房票")) or _approve_page(ref, ApproveForm())


@bp.post("/vouchers/<ref>/approve")
@roles(Role.CHECKER, when="not by the officer who submitted it")
def approve_voucher_post(ref: str) -> ResponseReturnValue:
    """Issue the voucher."""
    session, who, form = db.session(), actor(), ApproveForm()
    found = queries.get_voucher(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: service.approve(session, actor=who, voucher_id=found.id),
        again=lambda: _approve_page(ref, form),
        done=_("房票已发放，使用期限从今天起算。"),
        to=url_for("authority.voucher", ref=ref),
    )


@bp.get("/vouchers/<ref>/reject")
@roles(Role.CHECKER)
def reject_voucher(ref: str) -> ResponseReturnValue:
    """Ask why the voucher is sent back."""
    return _decided(ref, _("退回这张房票")) or _reject_page(ref, ReasonForm())


@bp.post("/vouchers/<ref>/reject")
@roles(Role.CHECKER, when="not by the officer who submitted it")
def reject_voucher_post(ref: str) -> ResponseReturnValue:
    """Send the voucher back to the officer."""
    session, who, form = db.session(), actor(), ReasonForm()
    found = queries.get_voucher(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: service.reject(session, actor=who, voucher_id=found.id, reason=form.reason.value),
        again=lambda: _reject_page(ref, form),
        done=_("房票已退回经办人。"),
        to=url_for("authority.voucher", ref=ref),
    )


def _purses_of(rows: Iterable[Voucher]) -> Mapping[int, WalletVoucher]:
    """Return the money of those that were issued, by voucher id."""
    return {purse.id: purse for purse in queries.purses(db.session(), rows)}


def _lines(found: Voucher) -> list[Line]:
    """Return the voucher beside the agreement that it is issued over; nothing for one that came of a move."""
    if found.move_id is not None:
        return []
    agreement = found.agreement
    whole_fen, cash_fen = (
        agreement.compensation_fen,
        words.cash_of(agreement, policy_of(found.policy_version)),
    )
    in_face_fen = found.face_fen - sum(found.additions.values())
    return [
        Line(
            _("补偿中计入票面的") if cash_fen else _("金额"),
            formatting.yuan(whole_fen - cash_fen),
            formatting.yuan(in_face_fen),
        ),
        *(
            [Line(_("以货币支付的"), formatting.yuan(cash_fen), formatting.yuan(whole_fen - in_face_fen))]
            if cash_fen
            else []
        ),
        *(
            Line(_("政策另加：%(rule)s", rule=face_rule(rule)), formatting.yuan(fen), formatting.yuan(fen))
            for rule in policy_of(found.policy_version).face
            if (fen := found.additions.get(rule.path, 0))
        ),
        Line(_("被征收人"), agreement.household.holder_name, found.household.holder_name),
    ]


def _decided(ref: str, title: str) -> ResponseReturnValue | None:
    """Tell what was decided, if it was: no form is shown that cannot succeed. Raises as it would."""
    found = queries.get_voucher(db.session(), actor=actor(), ref=ref)
    if made := find_decision(service.ISSUE, found.id):
        return too_late(title, made, url_for("authority.voucher", ref=ref))
    service.demand_undecided(found)
    return None


def _approve_page(ref: str, form: ApproveForm) -> str:
    found = queries.get_voucher(db.session(), actor=actor(), ref=ref)
    return render_template(
        "authority/approve.html",
        voucher=found,
        policy=policy_of(found.policy_version),
        lines=_lines(found),
        form=form,
    )


def _reject_page(ref: str, form: ReasonForm) -> str:
    found = queries.get_voucher(db.session(), actor=actor(), ref=ref)
    return render_template("authority/reject.html", voucher=found, form=form)
