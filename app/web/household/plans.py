"""Plans (选房方案): several homes for one voucher, with what is left after each."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import HelpLevel, Role
from app.core.errors import Conflict, DomainError
from app.core.ids import normalise_ref
from app.extensions import db
from app.following import plan_queries as queries
from app.following import plans as service
from app.following.foreseen import foresee
from app.following.plan_models import BuyingPlan
from app.following.rules import MOST_PLANNED, MOST_PLANS, Way
from app.homes.queries import find_public_homes
from app.search import source
from app.vouchers.queries import WalletVoucher, wallet
from app.vouchers.rules import Standing
from app.web import formatting
from app.web import plans as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.forms.base import Choice, Form
from app.web.forms.following import NEW_PLAN, NO_VOUCHER, AddToPlanForm, PlanForm, SharePlanForm
from app.web.household import bp
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.public.own import own_homes


@bp.get("/plans/")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def plans() -> str:
    """List the plans, and say how to make one."""
    return render_template(
        "household/plans.html",
        rows=queries.list_plans(db.session(), actor=actor()),
        button=Form(),
        most=MOST_PLANS,
    )


@bp.post("/plans/")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def make_plan() -> ResponseReturnValue:
    """Make an empty plan for the first usable voucher, and lead to it."""
    if Form().accept():
        try:
            return redirect(url_for("household.plan", ref=_new_plan().ref), 303)
        except DomainError as error:
            flash(message_of(error))
    return redirect(url_for("household.plans"), 303)


@bp.get("/plans/add")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def add_to_plan() -> ResponseReturnValue:
    """Ask into which plan the homes of the address are put."""
    refs = _asked_homes()
    return _add_page(refs, _add_form()) if refs else redirect(url_for("household.plans"), 303)


@bp.post("/plans/add")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def add_to_plan_post() -> ResponseReturnValue:
    """Put the homes of the address into a plan, or into a new one, and lead to it."""
    session, refs, form = db.session(), _asked_homes(), _add_form()
    if not refs:
        return redirect(url_for("household.plans"), 303)

    def add() -> str:
        ref = _new_plan().ref if form.plan.value == NEW_PLAN else form.plan.value
        count = service.add_homes(session, actor=actor(), ref=ref, home_refs=refs)
        flash(_("已放进方案 %(count)d 套。方案不锁房，可以慢慢比。", count=count))
        return ref

    return do_or_ask_again(
        form,
        add,
        again=lambda: _add_page(refs, form),
        to=lambda ref: url_for("household.plan", ref=ref),
    )


@bp.get("/plans/<ref>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def plan(ref: str) -> str:
    """Show a plan as it stands now: each home with what it takes of the voucher, and what is left."""
    session = db.session()
    found = queries.get_plan(session, actor=actor(), ref=ref)
    shared = found.share_token if found.shared_until and found.shared_until > clock.now() else None
    link = url_for("public.shared_plan", token=shared, _external=True) if shared else None
    return render_template(
        "household/plan.html",
        plan=found,
        foreseen=foresee(session, found),
        own=own_homes(session, [row.home_id for row in found.homes]),
        link=link,
        share_form=SharePlanForm(sums=["yes"] if found.shares_sums else []),
        button=Form(),
        words=words,
        most=MOST_PLANNED,
    )


@bp.get("/plans/<ref>/change")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def change_plan(ref: str) -> str:
    """Ask for another name, note or voucher of a plan."""
    found = queries.get_plan(db.session(), actor=actor(), ref=ref)
    return _change_page(found, _plan_form(found))


@bp.post("/plans/<ref>/change")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def change_plan_post(ref: str) -> ResponseReturnValue:
    """Keep another name, note or voucher of a plan."""
    session = db.session()
    found = queries.get_plan(session, actor=actor(), ref=ref)
    form = _plan_form(found)
    return do_or_ask_again(
        form,
        lambda: service.change_plan(
            session,
            actor=actor(),
            ref=ref,
            name=form.name.value,
            note=form.note.value,
            voucher_ref=form.voucher_ref,
        ),
        again=lambda: _change_page(found, form),
        done=_("已保存。"),
        to=url_for("household.plan", ref=ref),
    )


@bp.post("/plans/<ref>/homes/<home_ref>/<any(up,down):way>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def move_in_plan(ref: str, home_ref: str, way: str) -> ResponseReturnValue:
    """Let a home change places with its neighbour; whoever pressed stays at the button of the moved home."""
    if not Form().accept():
        return redirect(url_for("household.plan", ref=ref), 303)
    on = service.move_home(db.session(), actor=actor(), ref=ref, home_ref=home_ref, way=Way(way))
    return redirect(url_for("household.plan", ref=ref, _anchor=f"{on.value}-{home_ref}"), 303)


@bp.post("/plans/<ref>/homes/<home_ref>/remove")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def remove_from_plan(ref: str, home_ref: str) -> ResponseReturnValue:
    """Take a home out of a plan."""
    if Form().accept():
        service.remove_home(db.session(), actor=actor(), ref=ref, home_ref=home_ref)
        flash(_("已移出方案。"))
    return redirect(url_for("household.plan", ref=ref), 303)


@bp.post("/plans/<ref>/basket")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def plan_into_basket(ref: str) -> ResponseReturnValue:
    """Put the homes that are free into the basket, where they are quoted together."""
    session = db.session()
    if not Form().accept():
        return redirect(url_for("household.plan", ref=ref), 303)
    try:
        free, gone = service.into_basket(session, actor=actor(), ref=ref)
    except Conflict as error:
        session.rollback()
        flash(message_of(error))
        return redirect(url_for("household.plan", ref=ref), 303)
    told = _("方案里的 %(free)d 套已在选房篮里。", free=free)
    flash(told + _("另外 %(gone)d 套现在不能选，没有放进去。", gone=gone) if gone else told)
    return redirect(url_for("household.basket"), 303)


@bp.post("/plans/<ref>/share")
@roles(Role.HOUSEHOLD, when="for 90 days; another link before it ends")
def share_plan(ref: str) -> ResponseReturnValue:
    """Make a link by which anybody who has it reads the plan."""
    form = SharePlanForm()
    if form.accept():
        service.share_plan(db.session(), actor=actor(), ref=ref, with_sums=form.sums.values == ["yes"])
        flash(_("链接已经生成，发给家里人就能看。"))
    return redirect(url_for("household.plan", ref=ref, _anchor="share"), 303)


@bp.post("/plans/<ref>/unshare")
@roles(Role.HOUSEHOLD)
def unshare_plan(ref: str) -> ResponseReturnValue:
    """Take the link back."""
    if Form().accept():
        service.end_share(db.session(), actor=actor(), ref=ref)
        flash(_("已停止分享，原来的链接打不开了。"))
    return redirect(url_for("household.plan", ref=ref, _anchor="share"), 303)


@bp.post("/plans/<ref>/delete")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def delete_plan(ref: str) -> ResponseReturnValue:
    """Delete a plan and its link."""
    if Form().accept():
        service.delete_plan(db.session(), actor=actor(), ref=ref)
        flash(_("已删除这个方案。"))
    return redirect(url_for("household.plans"), 303)


def _new_plan() -> BuyingPlan:
    session, who = db.session(), actor()
    usable = [one.ref for one in _purses() if one.standing is Standing.USABLE]
    name = _("方案 %(number)d", number=queries.count_plans(session, actor=who) + 1)
    return service.create_plan(session, actor=who, name=name, voucher_ref=usable[0] if usable else None)


def _purses() -> list[WalletVoucher]:
    return wallet(db.session(), household_id=actor().household)


def _asked_homes() -> list[str]:
    """Return the references of the address that are homes people may see, in its order, once each."""
    refs = [ref for typed in request.args.getlist("home") if (ref := normalise_ref(typed))]
    known = find_public_homes(db.session(), refs=refs[:MOST_PLANNED])
    return [ref for ref in dict.fromkeys(refs) if ref in known]


def _add_form() -> AddToPlanForm:
    rows = queries.list_plans(db.session(), actor=actor())
    choices = [Choice(row.ref, row.name, _("已有 %(count)d 套", count=len(row.homes))) for row in rows]
    if len(rows) < MOST_PLANS:
        choices.append(Choice(NEW_PLAN, _("新建一个方案")))
    form = AddToPlanForm(plan=choices[0].value)
    form.plan.choices = choices
    return form


def _add_page(refs: list[str], form: AddToPlanForm) -> str:
    session = db.session()
    ids = find_public_homes(session, refs=refs)
    facts = source.load(session, ids.values())
    return render_template("household/add-to-plan.html", homes=[facts[ids[ref]] for ref in refs], form=form)


def _plan_form(found: BuyingPlan) -> PlanForm:
    chosen = found.voucher.ref if found.voucher else NO_VOUCHER
    form = PlanForm(name=found.name, note=found.note, voucher=chosen)
    form.voucher.choices = [
        *(
            Choice(
                purse.ref,
                _("房票 %(ref)s", ref=purse.ref),
                _("可用 %(sum)s", sum=formatting.yuan(purse.available_fen)),
            )
            for purse in _purses()
        ),
        Choice(NO_VOUCHER, _("先不选，只看房价")),
    ]
    return form


def _change_page(found: BuyingPlan, form: PlanForm) -> str:
    return render_template("household/change-plan.html", plan=found, form=form)
