"""Batches: a project with a locked roster, submitted, looked at, approved."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.projects.models import Project
from app.vouchers import batch_queries, batches, flows
from app.vouchers.models import VoucherBatch
from tests.factories.projects import make_agreement, make_household, make_project
from tests.factories.vouchers import Desk


def make_roster(session: Session, *, desk: Desk, faces: Sequence[int] = (130_550_000,) * 4) -> Project:
    """Return a project with a locked roster: a household with one agreement for each face (fen)."""
    project = make_project(session, officer=desk.officer)
    households = [
        make_household(session, officer=desk.officer, project=project, holder_name=f"户主{number}")
        for number, _ in enumerate(faces, start=1)
    ]
    for household, face in zip(households, faces, strict=True):
        make_agreement(session, officer=desk.officer, household=household, compensation_fen=face)
    return project


def submit_batch(
    session: Session, *, desk: Desk, project: Project, officer: Actor | None = None
) -> VoucherBatch:
    """Submit what a preview of the roster shows now."""
    officer = officer or desk.officer
    seen = batch_queries.preview(session, actor=officer, project_id=project.id)
    return batches.submit(
        session,
        actor=officer,
        project_id=project.id,
        policy_version_id=desk.policy_version.id,
        seen=seen.mark,
    )


def open_whole_sample(session: Session, *, checker: Actor, batch: VoucherBatch) -> int:
    """Open every voucher that a checker must; return how many these are."""
    drawn = batch_queries.sample_of(batch, batch_queries.list_vouchers(session, batch=batch))
    for voucher in drawn:
        batches.open_sample(session, actor=checker, batch_ref=batch.ref, voucher_ref=voucher.ref)
    return len(drawn)


def approve_batch(session: Session, *, checker: Actor, batch: VoucherBatch) -> VoucherBatch:
    """Open the sample and approve; nothing is issued before the job runs."""
    open_whole_sample(session, checker=checker, batch=batch)
    session.commit()
    return batches.approve(session, actor=checker, batch_ref=batch.ref)


def make_batch(session: Session, *, desk: Desk, project: Project) -> VoucherBatch:
    """Return an issued batch, its households told."""
    batch = submit_batch(session, desk=desk, project=project)
    session.commit()
    approve_batch(session, checker=desk.checker, batch=batch)
    session.commit()
    flows.issue_batch(session, batch_id=batch.id)
    return batch
