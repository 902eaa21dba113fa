"""Batches whose job failed for good: what they are called, and where each is seen."""

from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import restarts
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.restarts import Batches, Stopped
from app.homes.models import Development
from app.imports import service as imports
from app.imports.models import ImportRun
from app.imports.queries import is_own
from app.imports.states import WORKING
from app.redemptions.checking_models import CheckBatch
from app.vouchers.extension_models import ExtensionBatch
from app.vouchers.models import VoucherBatch
from app.web.language import lazy_gettext as _l

_BATCH: Final = _l("批次")
_AS_APPROVED: Final = _l("照复核人通过的办，已经办好的不会再办一遍。还是办不成，请技术人员查原因。")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of batch: its words, and the page that shows one."""

    batches: Batches
    words: Any
    endpoint: str
    noun: Any = _BATCH
    again: Any = _AS_APPROVED
    """What follows when it is set going again."""


ISSUE: Final = Kind(
    Batches(("vouchers.issue_batch",), "voucher_batch", VoucherBatch.__table__),
    _l("发放整批房票，告诉住户"),
    "authority.batch",
)
EXTEND: Final = Kind(
    Batches(("vouchers.extend_batch",), "extension_batch", ExtensionBatch.__table__),
    _l("整批延长房票期限"),
    "authority.extension_batch",
)
CHECK: Final = Kind(
    Batches(("redemptions.carry_out",), "check_batch", CheckBatch.__table__),
    _l("办结整批核销"),
    "authority.check_batch",
)
_RUNS: Final = (
    select(
        *(ImportRun.id, ImportRun.ref, ImportRun.state),
        func.coalesce(ImportRun.district_id, Development.district_id).label("district_id"),
    )
    .outerjoin(Development, Development.id == ImportRun.development_id)
    .subquery()
)
IMPORT: Final = Kind(
    Batches(
        ("imports.look", "imports.read", "imports.apply"),
        "import_run",
        _RUNS,
        argument="run_id",
        waits=_RUNS.c.state.in_(WORKING),
        make_ready=imports.begin_again,
        end=imports.end,
    ),
    _l("导入一张表格"),
    "authority.import_run",
    _l("导入"),
    _l("从停下的地方接着办，已经导入的不会再导一遍。还是办不成，请技术人员查原因。"),
)
KINDS: Final = (ISSUE, EXTEND, CHECK, IMPORT)


@dataclass(frozen=True, slots=True)
class StoppedBatch:
    """A batch that waits for somebody, as a page tells of it."""

    kind: Kind
    stopped: Stopped
    may_restart: bool


def list_stopped(session: Session, *, actor: Actor) -> list[StoppedBatch]:
    """Return all batches of the actor's district that wait for somebody."""
    return [
        StoppedBatch(kind, stopped, _may(actor))
        for kind in KINDS
        for stopped in restarts.list_stopped(session, kind.batches, actor=actor)
    ]


def find_stopped(session: Session, kind: Kind, *, actor: Actor, ref: str) -> StoppedBatch | None:
    """Return a batch if it waits for somebody."""
    stopped = restarts.find_stopped(session, kind.batches, actor=actor, ref=ref)
    return StoppedBatch(kind, stopped, _may(actor)) if stopped else None


def find_stopped_import(session: Session, *, actor: Actor, run: ImportRun) -> StoppedBatch | None:
    """Return an import that its sender sees if it waits for somebody."""
    stopped = restarts.find_stopped_by_id(session, IMPORT.batches, batch_id=run.id)
    return StoppedBatch(IMPORT, stopped, _may(actor)) if stopped else None


def way_back(session: Session, kind: Kind, *, actor: Actor, ref: str) -> str:
    """Return where they came from: an administrator opens no batch, an officer no file of others."""
    if actor.role is Role.ADMINISTRATOR:
        return url_for("authority.status")
    own = select(ImportRun.id).where(ImportRun.ref == ref, is_own(actor))
    if kind is IMPORT and session.scalar(own) is None:
        return url_for("authority.desk")
    return url_for(kind.endpoint, ref=ref)


def kind_of(session: Session, *, actor: Actor, ref: str) -> Kind:
    """Return which kind a batch of the actor's district is of. Raises NotFound."""
    for kind in KINDS:
        if restarts.find_batch(session, kind.batches, actor=actor, ref=ref) is not None:
            return kind
    raise NotFound("batch_unknown")


def _may(actor: Actor) -> bool:
    return actor.role in (Role.OFFICER, Role.ADMINISTRATOR)
