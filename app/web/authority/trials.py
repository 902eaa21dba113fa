"""Policies tried on a project's roster before anything is issued. Nothing is stored."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.core import clock
from app.core.actor import Role
from app.core.errors import DomainError
from app.extensions import db
from app.identity.models import District
from app.policies import bodies, reader
from app.policies.errors import PolicyFileInvalid, Problem
from app.policies.queries import policy_of
from app.policies.rules import Policy
from app.policies.shipped import CITIES, get_shipped
from app.projects import roster
from app.projects.models import Project
from app.reports.policy_trial import Assumptions, Trial, roster_of, stock_on_offer, try_policy
from app.web import trials as words
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.authority.households import offered_by_key
from app.web.errors import status_of
from app.web.forms.base import Choice
from app.web.forms.trials import TrialForm
from app.web.language import gettext as _

_USUAL: Final = (2000, 2000, 2000, 1000, 1000, 1000)
"""A first guess for the officer to change: four fifths and more within half a year."""
_MOST_POLICIES: Final = 4
_LONGEST_DRAFT: Final = 200_000

Slips: TypeAlias = list[tuple[str, Problem]]
"""What is told of drafts, with the name of the file."""


class _DraftsInvalid(Exception):
    """What is wrong in drafts, each slip with the name of its file."""

    def __init__(self, problems: Sequence[tuple[str, Problem]]) -> None:
        super().__init__()
        self.problems = problems


@bp.get("/projects/<path:name>/trial")
@roles(Role.OFFICER, Role.CHECKER)
def try_policies(name: str) -> ResponseReturnValue:
    """Ask which policies are tried, under which assumptions."""
    found = roster.get_project_by_name(db.session(), actor=actor(), name=name)
    return _page(found, _form())


@bp.post("/projects/<path:name>/trial")
@roles(Role.OFFICER, Role.CHECKER)
def try_policies_post(name: str) -> ResponseReturnValue:
    """Show what the policies come to on the roster, side by side. Writes nothing."""
    session, who, form = db.session(), actor(), _form()
    found = roster.get_project_by_name(session, actor=who, name=name)
    if not form.accept():
        return _page(found, form), 422
    try:
        chosen, notes = _chosen(form)
    except _DraftsInvalid as error:
        form.apply(DomainError("policy_draft_invalid", "drafts", count=len(error.problems)))
        return _page(found, form, problems=error.problems), 422
    except DomainError as error:
        form.apply(error)
        return _page(found, form), status_of(error)
    own = session.scalars(select(District.code).where(District.id == who.district)).one()
    signed = roster_of(session, district_id=who.district, project_id=found.id)
    said = Assumptions(form.issued_on.value, form.shares.value)
    trials = [
        (label, try_policy(policy, signed, stock_on_offer(session, [policy]), said, own=own))
        for label, policy in chosen
    ]
    return _page(found, form, trials=trials, notes=notes)


def _form() -> TrialForm:
    offered = offered_by_key()
    form = TrialForm(
        policies=[next(iter(offered))] if offered else [], issued_on=clock.today(), shares=_USUAL
    )
    form.policies.choices = [
        *(
            Choice(key, version.title, _("本区采用的第 %(version)d 版", version=version.version))
            for key, version in offered.items()
        ),
        *(Choice(code, get_shipped(code).title, _("随系统提供，供比较")) for code in CITIES),
    ]
    return form


def _chosen(form: TrialForm) -> tuple[list[tuple[str, Policy]], Slips]:
    """Return the policies to try with their names, and what is worth a second look in drafts of them.

    Raises _DraftsInvalid, and DomainError for none.
    """
    notes: Slips = []
    offered = offered_by_key()
    found = [
        (offered[key].title, policy_of(offered[key])) if key in offered else _shipped(key)
        for key in form.policies.values
    ]
    if len(found) + len(form.drafts.files) <= _MOST_POLICIES:
        drafts, notes = _drafts(form)
        found += drafts
    else:
        raise DomainError("trial_too_many", "policies", most=_MOST_POLICIES)
    if not found:
        raise DomainError("trial_nothing_chosen", "policies")
    return found, notes


def _drafts(form: TrialForm) -> tuple[list[tuple[str, Policy]], Slips]:
    """Return the drafts with their names, and their notes; a file's name tells apart what is called alike."""
    read: list[tuple[str, Policy]] = []
    problems: Slips = []
    notes: Slips = []
    for name, stream in form.drafts.files:
        try:
            body, told = reader.look(reader.text_of(stream.read(_LONGEST_DRAFT)))
            read.append((name, bodies.from_body(body)))
            notes += [(name, one) for one in told]
        except PolicyFileInvalid as error:
            problems += [(name, one) for one in error.problems]
    if problems:
        raise _DraftsInvalid(problems)
    titles = [policy.title for _name, policy in read]
    named = [
        (
            _("草案：%(title)s", title=policy.title)
            if titles.count(policy.title) == 1
            else _("草案：%(title)s（%(file)s）", title=policy.title, file=name),
            policy,
        )
        for name, policy in read
    ]
    return named, notes


def _shipped(code: str) -> tuple[str, Policy]:
    policy = get_shipped(code)
    return policy.title, policy


def _page(
    found: Project,
    form: TrialForm,
    *,
    trials: list[tuple[str, Trial]] | None = None,
    problems: Sequence[tuple[str, Problem]] = (),
    notes: Sequence[tuple[str, Problem]] = (),
) -> str:
    standing = roster.list_standings(db.session(), actor=actor(), project_id=found.id)[0]
    return render_template(
        "authority/trial.html",
        project=found,
        standing=standing,
        form=form,
        problems=problems,
        notes=notes,
        trials=trials or [],
        words=words,
    )
