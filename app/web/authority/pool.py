"""Developers of the district's pool: an officer prepares a step, a checker decides on it."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, mark_of, names_of
from app.core.actor import WATCHERS, Role
from app.documents.queries import get_document, list_documents
from app.documents.rules import Access
from app.extensions import db
from app.homes import membership, service, states
from app.homes.membership import PROPOSAL
from app.homes.pool_models import PoolMembership
from app.homes.undertaking import UNDERTAKINGS
from app.web import pool as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.too_late import find_decision, too_late
from app.web.files import hand_out
from app.web.forms.base import Choice
from app.web.forms.pool import DecideForm, PoolFilterForm, ProposeForm
from app.web.language import gettext as _
from app.web.listing import list_page, offer_states


@bp.get("/pool/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def pool() -> ResponseReturnValue:
    """List the district's developers, all or those in one state."""
    form = PoolFilterForm()
    offer_states(form.state, words.STATES)
    return list_page(
        "authority/pool.html",
        form,
        count=membership.count_memberships,
        rows=membership.list_memberships,
        wanted=lambda: {"state": form.state.value or None},
        words=words,
    )


@bp.get("/pool/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def pool_member(ref: str) -> ResponseReturnValue:
    """Show a developer's application, papers and history, and the step that waits."""
    session, who = db.session(), actor()
    found = membership.get_membership(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=PROPOSAL, subject_id=found.id)
    waits = words.proposed(asked)
    return render_template(
        "authority/pool-member.html",
        membership=found,
        undertaking=UNDERTAKINGS[found.undertaking_version],
        papers=list_documents(session, membership.owner_of(found)),
        history=words.timeline(membership.list_steps(session, found), names=True),
        asked=asked,
        proposed=waits,
        names=names_of(session, asked),
        may_propose=who.role is Role.OFFICER and waits is None and bool(states.possible(found.state)),
        may_decide=who.role is Role.CHECKER and waits is not None,
        words=words,
    )


@bp.get("/pool/<ref>/papers/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def pool_paper(ref: str, paper: str) -> Response:
    """Hand out a paper of an application."""
    session = db.session()
    found = membership.get_membership(session, actor=actor(), ref=ref)
    owner = membership.owner_of(found)
    return hand_out(get_document(session, owner, ref=paper, access=Access.PARTIES), public=False)


@bp.get("/pool/<ref>/propose")
@roles(Role.OFFICER)
def propose_pool(ref: str) -> ResponseReturnValue:
    """Ask which step shall be taken, and why."""
    return _propose_page(ref, ProposeForm())


@bp.post("/pool/<ref>/propose")
@roles(Role.OFFICER, when="a step that leads on; with a reason where the developer must know why")
def propose_pool_post(ref: str) -> ResponseReturnValue:
    """Put the step before a checker."""
    form = ProposeForm()
    found = _offer(ref, form)
    return do_or_ask_again(
        form,
        lambda: service.propose(
            db.session(), actor=actor(), ref=found.ref, action=form.action.value, reason=form.reason.data
        ),
        again=lambda: _propose_page(ref, form),
        done=_("已提交复核人复核，复核通过后生效。"),
        to=url_for("authority.pool_member", ref=ref),
    )


@bp.get("/pool/<ref>/decide")
@roles(Role.CHECKER)
def decide_pool(ref: str) -> ResponseReturnValue:
    """Put the step before the checker."""
    found = membership.get_membership(db.session(), actor=actor(), ref=ref)
    if made := find_decision(PROPOSAL, found.id):
        return too_late(_("复核入库事项"), made, url_for("authority.pool_member", ref=ref))
    return _decide_page(ref, DecideForm())


@bp.post("/pool/<ref>/decide")
@roles(Role.CHECKER, when="not by the officer who asked; nobody leaves while a purchase runs")
def decide_pool_post(ref: str) -> ResponseReturnValue:
    """Decide on the step; an approved one is carried out."""
    form = DecideForm()

    def decide() -> bool:
        approve = form.decision.value == "approve"
        given = {"approve": approve, "reason": form.reason.data, "seen": form.seen.value}
        service.decide(db.session(), actor=actor(), ref=ref, **given)
        return approve

    return do_or_ask_again(
        form,
        decide,
        again=lambda: _decide_page(ref, form),
        done=lambda approved: _("已复核通过，立即生效。") if approved else _("已退回经办人。"),
        to=url_for("authority.pool_member", ref=ref),
    )


def _offer(ref: str, form: ProposeForm) -> PoolMembership:
    """Offer the steps that lead on from where the developer stands."""
    found = membership.get_membership(db.session(), actor=actor(), ref=ref)
    form.action.choices = [
        Choice(action, str(words.STEPS[action]), hint=str(words.EFFECTS[action]))
        for action in states.possible(found.state)
    ]
    return found


def _propose_page(ref: str, form: ProposeForm) -> str:
    found = _offer(ref, form)
    asked = find_latest(db.session(), actor=actor(), kind=PROPOSAL, subject_id=found.id)
    return render_template(
        "authority/propose-pool.html",
        membership=found,
        proposed=words.proposed(asked),
        form=form,
        words=words,
    )


def _decide_page(ref: str, form: DecideForm) -> str:
    session, who = db.session(), actor()
    found = membership.get_membership(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=PROPOSAL, subject_id=found.id)
    form.seen.data = mark_of(asked)
    return render_template(
        "authority/decide-pool.html",
        membership=found,
        papers=list_documents(session, membership.owner_of(found)),
        asked=asked,
        proposed=words.proposed(asked),
        names=names_of(session, asked),
        form=form,
        words=words,
    )
