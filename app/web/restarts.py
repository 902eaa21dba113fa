"""Batches whose job failed for good: what they are called, and where each is seen."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from app.core import restarts
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.restarts import Batches, Stopped
from app.redemptions.checking_models import CheckBatch
from app.vouchers.extension_models import ExtensionBatch
from app.vouchers.models import VoucherBatch
from app.web.language import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of batch: its words, and the page that shows one."""

    batches: Batches
    words: Any
    endpoint: str


ISSUE: Final = Kind(
    Batches("vouchers.issue_batch", "voucher_batch", VoucherBatch.__table__),
    _l("发放整批房票，告诉住户"),
    "authority.batch",
)
EXTEND: Final = Kind(
    Batches("vouchers.extend_batch", "extension_batch", ExtensionBatch.__table__),
    _l("整批延长房票期限"),
    "authority.extension_batch",
)
CHECK: Final = Kind(
    Batches("redemptions.carry_out", "check_batch", CheckBatch.__table__),
    _l("办结整批核销"),
    "authority.check_batch",
)
KINDS: Final = (ISSUE, EXTEND, CHECK)


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


def kind_of(session: Session, *, actor: Actor, ref: str) -> Kind:
    """Return which kind a batch of the actor's district is of. Raises NotFound."""
    for kind in KINDS:
        if restarts.find_batch(session, kind.batches, actor=actor, ref=ref) is not None:
            return kind
    raise NotFound("batch_unknown")


def _may(actor: Actor) -> bool:
    return actor.role in (Role.OFFICER, Role.ADMINISTRATOR)
