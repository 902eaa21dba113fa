"""Households of the district, and issuing a voucher over one of their agreements."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import WATCHERS, Role
from app.core.errors import Conflict
from app.extensions import db
from app.identity import lost_factors
from app.identity.queries import list_household_people
from app.policies import queries as policies
from app.policies.models import PolicyVersion
from app.policies.spans import spans
from app.projects import helping_queries, queries
from app.projects.models import Agreement
from app.projects.persons import list_persons
from app.projects.visits import list_of_household
from app.vouchers import queries as vouchers
from app.vouchers import service
from app.web import helping as help_words
from app.web import vouchers as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.persons import RELATIONS, person_rows
from app.web.batches import ELECTIONS
from app.web.forms.authority import HouseholdSearchForm, IssueForm
from app.web.forms.base import Choice
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/households/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def households() -> ResponseReturnValue:
    """Find households by name, old address, reference or agreement number."""
    session, who, form = db.session(), actor(), HouseholdSearchForm()
    rows, pages = None, None
    if form.accept():
        wanted = form.words.value
        pages = paginate(queries.count_households(session, actor=who, words=wanted))
        rows = queries.list_households(
            session, actor=who, words=wanted, offset=pages.offset, limit=pages.size
        )
    page = render_template("authority/households.html", form=form, rows=rows, pages=pages)
    return page, 422 if rows is None else 200


@bp.get("/households/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def household(ref: str) -> ResponseReturnValue:
    """Show a household with its agreements and vouchers."""
    session, who = db.session(), actor()
    found = queries.get_household(session, actor=who, ref=ref)
    issued = vouchers.list_of_household(session, actor=who, household_id=found.id)
    taken = {voucher.agreement_id for voucher in issued if voucher.state != "rejected"}
    return render_template(
        "authority/household.html",
        household=found,
        agreements=queries.list_agreements(session, actor=who, household_id=found.id),
        vouchers=issued,
        taken=taken,
        purse_by_id={purse.id: purse for purse in vouchers.purses(session, issued)},
        words=words,
        elections=ELECTIONS,
        may_issue=who.role == Role.OFFICER,
        people=list_household_people(session, actor=who, household_id=found.id)
        if who.role == Role.OFFICER
        else (),
        persons=person_rows(list_persons(session, actor=who, household_id=found.id)),
        relations=RELATIONS,
        visits=list_of_household(session, actor=who, household_id=found.id),
        clearings=lost_factors.list_of_household(session, actor=who, household_id=found.id),
        helpers=helping_queries.list_for_authority(session, actor=who, household_id=found.id),
        helper_state=helping_queries.state_of,
        help_words=help_words,
    )


@bp.get("/agreements/<path:number>/voucher")
@roles(Role.OFFICER)
def issue(number: str) -> ResponseReturnValue:
    """Show what a voucher over this agreement would be, under each policy in force."""
    agreement = queries.get_agreement(db.session(), actor=actor(), number=number)
    return _issue_page(agreement, _issue_form())


@bp.post("/agreements/<path:number>/voucher")
@roles(Role.OFFICER)
def issue_post(number: str) -> ResponseReturnValue:
    """Submit the voucher for a checker's approval."""
    session, who, form = db.session(), actor(), _issue_form()
    agreement = queries.get_agreement(session, actor=who, number=number)
    return do_or_ask_again(
        form,
        lambda: service.submit(
            session,
            actor=who,
            agreement_id=agreement.id,
            policy_version_id=offered_by_key()[form.policy_version.value].id,
        ),
        again=lambda: _issue_page(agreement, form),
        done=_("房票已提交，等待复核人复核。"),
        to=lambda voucher: url_for("authority.voucher", ref=voucher.ref),
    )


def offered_by_key() -> dict[str, PolicyVersion]:
    """Return the versions on offer by a key that may leave the server: code and version number."""
    offered = policies.list_offered(db.session(), district_id=actor().district)
    return {f"{version.code}.{version.version}": version for version in offered}


def _issue_form() -> IssueForm:
    offered = offered_by_key()
    form = IssueForm(policy_version=next(iter(offered), None))
    form.policy_version.choices = [
        Choice(key, version.title, _("第 %(version)d 版", version=version.version))
        for key, version in offered.items()
    ]
    return form


def _issue_page(agreement: Agreement, form: IssueForm) -> str:
    session, who, now = db.session(), actor(), clock.now()
    previews, waiting = [], []
    for version in offered_by_key().values():
        policy = policies.policy_of(version)
        try:
            face = service.face_under(policy, agreement)
        except Conflict as lacking:
            waiting.append((policy, lacking.code))
            continue
        begun_on = vouchers.begun_on(agreement, policy)
        start = policy.starts_on(now, agreed_on=begun_on)
        days = {"start": start, "issued_on": clock.legal_day(now), "agreed_on": agreement.signed_on}
        counted = {rule.path: rule.counted(**days) for rule in policy.bonuses}
        expires_at = policy.expires_at(now, agreed_on=begun_on)
        tiers = spans(policy, counted, agreed_on=agreement.signed_on, expires_at=expires_at)
        previews.append(
            {
                "policy": policy,
                "expires_at": expires_at,
                "face": face,
                "added": words.line_rows(agreement, policy, face.additions),
                "in_cash": words.paid_in_cash(agreement, policy),
                "hold": words.hold(policy),
                "tiers": words.span_rows(tiers, clock.legal_day(now)),
            }
        )
    return render_template(
        "authority/issue.html",
        agreement=agreement,
        form=form,
        previews=previews,
        waiting=waiting,
        existing=vouchers.find_for_agreement(session, actor=who, agreement_id=agreement.id),
        sent=request.method == "POST",
    )
