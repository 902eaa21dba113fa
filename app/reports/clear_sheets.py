"""Clear sheets: the only writer of their versions, their PDF, and which of them still holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, defer, joinedload

from app.core import audit, clock, ids
from app.core.actor import Actor, Role
from app.core.errors import Busy, Conflict, NotFound
from app.documents import pdf
from app.projects import helping_acts
from app.projects.models import Household
from app.projects.queries import get_household_by_id, get_project
from app.reports.clear_text import Answer, ClearText, compose, compose_all, from_json
from app.reports.models import ClearSheet
from app.reports.voucher_paper import grouped, qr_svg
from app.vouchers.models import Voucher

MOST = 200
"""The most sheets of one printing: what one PDF holds."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One sheet as the template shows it."""

    holder: str
    household: str
    project: str
    district: str
    version: str
    made: str
    answers: Sequence[Answer]
    policy: str
    counter: str
    qr: str
    mark: str


@dataclass(frozen=True, slots=True)
class Papers:
    """What the template ``clear`` shows."""

    title: str
    sheets: Sequence[Paper]


def make(session: Session, *, actor: Actor, household_id: int) -> ClearSheet:
    """Return the household's sheet of today: the one it has, or a new version where what it says changed.

    An earlier version is void from then on. Raises Forbidden for anybody but an officer and the household
    itself, and for a helper who may only look; NotFound for another one's, Conflict while it has no issued
    voucher, Busy when somebody else makes one at the same moment.
    """
    actor.demand(Role.OFFICER, Role.HOUSEHOLD)
    if actor.role == Role.HOUSEHOLD and actor.household != household_id:
        raise NotFound("household_gone")
    household = get_household_by_id(session, actor=actor, household_id=household_id)
    text = compose(session, actor=actor, household=household)
    before = find_live(session, household_id=household_id)
    if before is not None and before.sha256 == text.sha256:
        return before
    sheet = _write(session, actor, household, text, before, ids.new_ref("MB"))
    helping_acts.note_prepared(session, actor=actor, what="clear_sheet", about_ref=sheet.run_ref)
    return sheet


def make_project(session: Session, *, actor: Actor, project_id: int, count: int) -> str:
    """Make the next sheets of a project that are missing or out of date, at most ``count``; return the run.

    Repeated it goes on where it stopped. Raises as ``make``, Conflict("paper_done") when nothing is left.
    """
    actor.demand(Role.OFFICER)
    project = get_project(session, actor=actor, project_id=project_id)
    households = _with_vouchers(session, project.id)
    texts = compose_all(session, actor=actor, households=households)
    live = _live_of(session, project.id)
    due = [
        household
        for household in households
        if household.id not in live or live[household.id].sha256 != texts[household.id].sha256
    ]
    if not due:
        raise Conflict("paper_done")
    run_ref = ids.new_ref("MB")
    for household in due[: min(count, MOST)]:
        _write(session, actor, household, texts[household.id], live.get(household.id), run_ref)
    return run_ref


def find_live(session: Session, *, household_id: int) -> ClearSheet | None:
    """Return the version that was made last, or None."""
    statement = select(ClearSheet).where(
        ClearSheet.household_id == household_id, ClearSheet.superseded_at.is_(None)
    )
    return session.scalars(statement).first()


def list_versions(session: Session, *, actor: Actor, household_id: int) -> Sequence[ClearSheet]:
    """Return every version of a household of the actor's district, newest first."""
    statement = select(ClearSheet).where(
        ClearSheet.household_id == household_id, ClearSheet.district_id == actor.district
    )
    return session.scalars(statement.order_by(ClearSheet.version.desc())).all()


def list_run(session: Session, *, actor: Actor, run_ref: str) -> Sequence[ClearSheet]:
    """Return the sheets of one printing that are not void. Raises NotFound."""
    statement = (
        select(ClearSheet)
        .where(
            ClearSheet.run_ref == run_ref,
            ClearSheet.district_id == actor.district,
            ClearSheet.superseded_at.is_(None),
        )
        .order_by(ClearSheet.id)
    )
    if actor.role == Role.HOUSEHOLD:
        statement = statement.where(ClearSheet.household_id == actor.household)
    sheets = session.scalars(statement).all()
    if not sheets:
        raise NotFound("sheet_gone")
    return sheets


def list_runs(session: Session, *, actor: Actor, project_id: int) -> list[tuple[str, int]]:
    """Return a project's printings with how many of their sheets still hold, newest first."""
    statement = (
        select(ClearSheet.run_ref, func.count())
        .join(Household, Household.id == ClearSheet.household_id)
        .where(
            ClearSheet.district_id == actor.district,
            Household.project_id == project_id,
            ClearSheet.superseded_at.is_(None),
        )
        .group_by(ClearSheet.run_ref)
        .order_by(func.max(ClearSheet.id).desc())
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def count_sheets(session: Session, *, actor: Actor, project_id: int) -> tuple[int, int]:
    """Return how many of a project's households with a voucher have a sheet, and how many these are."""
    with_voucher = _vouched(project_id).with_only_columns(Household.id)
    statement = select(func.count(ClearSheet.id)).where(
        ClearSheet.household_id.in_(with_voucher),
        ClearSheet.district_id == actor.district,
        ClearSheet.superseded_at.is_(None),
    )
    households = select(func.count()).select_from(with_voucher.subquery())
    return session.scalars(statement).one(), session.scalars(households).one()


def find_by_mark(session: Session, typed: str) -> ClearSheet | None:
    """Return the sheet that a QR code leads to, whoever asks, or None."""
    mark = ids.normalise_mark(typed)
    statement = select(ClearSheet).where(ClearSheet.mark == mark)
    statement = statement.options(joinedload(ClearSheet.household).joinedload(Household.project))
    return session.scalars(statement).first() if mark else None


def still_holds(session: Session, sheet: ClearSheet) -> bool:
    """Tell whether a sheet still says what is true today, also where no newer one was made yet."""
    actor = Actor(user_id=None, role=None, district_id=sheet.district_id)
    text = compose(session, actor=actor, household=sheet.household)
    return sheet.superseded_at is None and text.sha256 == sheet.sha256


def render_sheets(
    sheets: Sequence[ClearSheet], *, day: Callable[[ClearSheet], str], address_of: Callable[[str], str]
) -> bytes:
    """Return the PDF of some sheets, one A4 each; ``address_of`` gives where a mark is checked."""
    papers = []
    for sheet in sheets:
        text = from_json(sheet.body)
        papers.append(
            Paper(
                holder=text.holder,
                household=text.household,
                project=text.project,
                district=text.district,
                version=f"第 {sheet.version} 版",
                made=day(sheet),
                answers=text.answers,
                policy=text.policy,
                counter=text.counter,
                qr=qr_svg(address_of(sheet.mark)),
                mark=grouped(sheet.mark),
            )
        )
    title = f"房票明白纸 {papers[0].household}" if len(papers) == 1 else f"房票明白纸 {len(papers)} 户"
    return pdf.render("clear", Papers(title, papers))


def _vouched(project_id: int) -> Select[Household]:
    issued = exists().where(Voucher.household_id == Household.id, Voucher.state == "issued")
    return select(Household).where(Household.project_id == project_id, issued)


def _with_vouchers(session: Session, project_id: int) -> Sequence[Household]:
    """Return a project's households that have a voucher, in the order of the roster."""
    statement = _vouched(project_id).options(joinedload(Household.project)).order_by(Household.id)
    return session.scalars(statement).all()


def _live_of(session: Session, project_id: int) -> dict[int, ClearSheet]:
    """Return the sheets of a project that were made last, without their text, by household id."""
    statement = (
        select(ClearSheet)
        .join(Household, Household.id == ClearSheet.household_id)
        .where(Household.project_id == project_id, ClearSheet.superseded_at.is_(None))
        .options(defer(ClearSheet.body))
    )
    return {sheet.household_id: sheet for sheet in session.scalars(statement)}


def _write(
    session: Session,
    actor: Actor,
    household: Household,
    text: ClearText,
    before: ClearSheet | None,
    run_ref: str,
) -> ClearSheet:
    if before is not None:
        ended = update(ClearSheet).where(ClearSheet.id == before.id, ClearSheet.superseded_at.is_(None))
        session.execute(ended.values(superseded_at=clock.now()))
    statement = (
        insert(ClearSheet)
        .values(
            district_id=household.district_id,
            household_id=household.id,
            version=before.version + 1 if before else 1,
            body=text.to_json(),
            sha256=text.sha256,
            mark=ids.new_mark(),
            run_ref=run_ref,
            made_at=clock.now(),
            made_by_id=actor.user_id,
        )
        .on_conflict_do_nothing()
        .returning(ClearSheet)
    )
    sheet = session.scalars(statement).first()
    if sheet is None:
        raise Busy
    audit.record(
        session,
        actor=actor,
        action="clear_sheet.make",
        object_type="clear_sheet",
        object_id=sheet.id,
        household_id=household.id,
        version=sheet.version,
        sha256=sheet.sha256,
    )
    return sheet
