"""The people one manages: listing, inviting, a code for a forgotten password, a lost second factor."""

from collections.abc import Sequence
from typing import Final

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Duty, Role
from app.core.errors import Conflict, DomainError
from app.extensions import db
from app.identity import phones, queries, staffing
from app.identity.models import Organisation
from app.identity.rules import KINDS
from app.web.access import actor, roles
from app.web.account import bp
from app.web.account.open_work import open_work
from app.web.errors import status_of
from app.web.forms.account import ButtonForm, InvitationForm, SureForm
from app.web.forms.base import Choice
from app.web.language import gettext as _
from app.web.pages import DUTY_NAMES, ROLE_NAMES, paginate, role_name

MANAGERS: Final = (Role.ADMINISTRATOR, Role.DEVELOPER)
MANAGING: Final = (Duty.MANAGER,)
"""An administrator manages the district's staff, a developer's manager the company's people."""


@bp.get("/people/")
@roles(*MANAGERS, duties=MANAGING)
def people() -> ResponseReturnValue:
    """List the people, and the invitations that wait."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_people(session, actor=who))
    return render_template(
        "account/people.html",
        rows=queries.list_people(session, actor=who, offset=pages.offset, limit=pages.size),
        invitations=queries.list_invitations(session, actor=who),
        pages=pages,
        form=ButtonForm(),
        role_name=role_name,
    )


@bp.get("/people/invite")
@roles(*MANAGERS, duties=MANAGING)
def invite() -> ResponseReturnValue:
    """Ask who is invited, as what."""
    return _invite_page(InvitationForm())


@bp.post("/people/invite")
@roles(*MANAGERS, duties=MANAGING, when="only roles and duties of the kind of the organisation")
def invite_post() -> ResponseReturnValue:
    """Invite, and show the code this once."""
    session, who, form = db.session(), actor(), InvitationForm()
    form.place.choices = _places(queries.list_workplaces(session, actor=who))
    if not form.accept():
        return _invite_page(form), 422
    organisation, role, duty = form.chosen
    try:
        place = staffing.find_place(session, actor=who, organisation=organisation, role=role, duty=duty)
        code, row = staffing.invite(
            session,
            actor=who,
            place=place,
            username=form.username.value,
            display_name=form.display_name.value,
        )
    except DomainError as error:
        form.apply(error)
        return _invite_page(form), status_of(error)
    return render_template(
        "account/invited.html", code=code, invitation=row, role=role_name(row.role, row.duty)
    )


@bp.post("/people/invitations/<ref>/withdraw")
@roles(*MANAGERS, duties=MANAGING)
def withdraw_invitation(ref: str) -> ResponseReturnValue:
    """Take an invitation back."""
    if not ButtonForm().accept():
        raise Conflict("bad_request")
    staffing.withdraw_invitation(db.session(), actor=actor(), ref=ref)
    flash(_("邀请已撤回，那个邀请码不能再用。"))
    return redirect(url_for("account.people"), 303)


@bp.get("/people/<ref>")
@roles(*MANAGERS, duties=MANAGING)
def person(ref: str) -> ResponseReturnValue:
    """Show a person, what is theirs to do, and what can be done for them."""
    return _person_page(ref, SureForm())


@bp.post("/people/<ref>/second-factor")
@roles(*MANAGERS, duties=MANAGING, when="not their own")
def clear_factor(ref: str) -> ResponseReturnValue:
    """Take off a lost telephone, as second factor and as number; the person is signed out."""
    form = SureForm()
    if not form.accept():
        return _person_page(ref, form), 422
    staffing.clear_factor(db.session(), actor=actor(), ref=ref)
    flash(_("丢失的手机已解除，这个人在所有设备上都已退出登录。"))
    return redirect(url_for("account.person", ref=ref), 303)


@bp.get("/people/<ref>/reset")
@roles(*MANAGERS, Role.OFFICER, duties=MANAGING)
def reset(ref: str) -> ResponseReturnValue:
    """Say what the code does, and ask for confirmation."""
    found = queries.get_person(db.session(), actor=actor(), ref=ref)
    return render_template("account/reset.html", person=found, form=ButtonForm())


@bp.post("/people/<ref>/reset")
@roles(
    *MANAGERS,
    Role.OFFICER,
    duties=MANAGING,
    when="not their own; an officer for households only, others for staff only",
)
def reset_post(ref: str) -> ResponseReturnValue:
    """Make a code for a forgotten password, and show it this once."""
    if not ButtonForm().accept():
        raise Conflict("bad_request")
    code, found = staffing.issue_reset(db.session(), actor=actor(), ref=ref)
    return render_template("account/reset-code.html", code=code, person=found)


def _person_page(ref: str, form: SureForm) -> str:
    session, who = db.session(), actor()
    found = queries.get_person(session, actor=who, ref=ref)
    factor = queries.find_factor(session, user_id=found.user_id)
    return render_template(
        "account/person.html",
        person=found,
        role=role_name(found.role, found.duty),
        factor_on=factor is not None and factor.confirmed_at is not None,
        has_phone=phones.find_phone(session, user_id=found.user_id) is not None,
        is_self=found.user_id == who.user_id,
        work=open_work(session, person=found),
        form=form,
    )


def _invite_page(form: InvitationForm) -> str:
    form.place.choices = _places(queries.list_workplaces(db.session(), actor=actor()))
    return render_template("account/invite.html", form=form)


def _places(organisations: Sequence[Organisation]) -> list[Choice]:
    """Return what somebody can be invited as: each organisation with the roles or duties of its kind."""
    offered = []
    for one in organisations:
        if one.kind == "developer":
            offered += [Choice(f"{Role.DEVELOPER}|{duty}|{one.name}", str(DUTY_NAMES[duty])) for duty in Duty]
        else:
            fitting = [role for role, kind in KINDS.items() if kind == one.kind]
            offered += [
                Choice(f"{role}||{one.name}", f"{ROLE_NAMES[role]}（{one.name}）") for role in fitting
            ]
    return offered
