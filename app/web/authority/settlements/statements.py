"""Statements of what is owed and paid: of a developer, a household, a project; page, paper and workbook."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.core import clock
from app.core.actor import WATCHERS, Role
from app.core.errors import NotFound
from app.extensions import db
from app.homes.pool_models import PoolMembership
from app.identity.models import Organisation
from app.projects.models import Household, Project
from app.settlements import reports
from app.settlements.shares import Scope, Share, list_shares, purchases_of
from app.web import redemptions as purchase_words
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.statements import statement_file


@dataclass(frozen=True, slots=True)
class Statement:
    """Whose statement it is, and its shares."""

    kind: str
    key: str
    """What stands in the address: a name, or a household's reference."""
    name: str
    shares: Sequence[Share]


@bp.get("/settlements/statements/<any(developer, household, project):kind>/<path:key>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def settlement_statement(kind: str, key: str) -> ResponseReturnValue:
    """Show a statement, each line with the way to its transfers."""
    found = _load(kind, key)
    every = reports.rows_of(found.shares, today=clock.today())
    pages = paginate(len(every))
    rows = every[pages.offset : pages.offset + pages.size]
    return render_template(
        "authority/settlement-statement.html",
        statement=found,
        totals=words.total_rows(reports.totals_of(found.shares)),
        rows=rows,
        pages=pages,
        purchases=purchases_of(db.session(), {row.share.redemption_id for row in rows}),
        words=words,
        purchase_words=purchase_words,
    )


@bp.get("/settlements/<any(xlsx, csv, pdf):form>/<any(developer, household, project):kind>/<path:key>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def settlement_statement_file(form: str, kind: str, key: str) -> Response:
    """Give the statement as a workbook, as CSV, or as a paper."""
    found = _load(kind, key)
    return statement_file(form, found.name, found.shares)


def _load(kind: str, key: str) -> Statement:
    session, district = db.session(), actor().district
    if kind == "developer":
        known = select(PoolMembership.developer_id).where(PoolMembership.district_id == district)
        developer = session.scalars(
            select(Organisation).where(Organisation.name == key, Organisation.id.in_(known))
        ).first()
        if developer is not None:
            shares = list_shares(session, Scope(district, developer_id=developer.id))
            return Statement(kind, key, developer.name, shares)
    elif kind == "household":
        household = session.scalars(
            select(Household).where(Household.ref == key, Household.district_id == district)
        ).first()
        if household is not None:
            shares = list_shares(session, Scope(district, household_id=household.id))
            # Two households may have holders of one name.
            name = _("%(name)s一户（户编号 %(ref)s）", name=household.holder_name, ref=household.ref)
            return Statement(kind, key, name, shares)
    else:
        project = session.scalars(
            select(Project).where(Project.name == key, Project.district_id == district)
        ).first()
        if project is not None:
            shares = list_shares(session, Scope(district, project_id=project.id))
            return Statement(kind, key, project.name, shares)
    raise NotFound("settlement_gone")
