"""What somebody reads who opens a step too late or too early: how it stands, and no button."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import render_template

from app.approvals.models import ApprovalRequest
from app.approvals.queries import find_latest, names_of
from app.extensions import db
from app.payments.card_models import CardRefund
from app.payments.refund_models import Refund
from app.web.access import actor
from app.web.language import lazy_gettext as _l

WORDS: Final[dict[str, tuple[Any, str]]] = {
    "approved": (_l("通过"), "good"),
    "rejected": (_l("没有通过，已退回"), "bad"),
    "lapsed": (_l("事情自己结束了，不用再复核"), "plain"),
}
"""What became of a request, in words with a tone."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom (their name) and when, as far as it is known."""

    state: str
    """A key of ``WORDS``."""
    by: str | None = None
    at: datetime | None = None
    reason: str | None = None


def find_decision(kind: str, subject_id: int) -> Decision | None:
    """Return what became of the newest request about a subject; None while it waits, or without one."""
    session = db.session()
    asked = find_latest(session, actor=actor(), kind=kind, subject_id=subject_id)
    if asked is None or asked.state == "pending":
        return None
    return _read(asked, names_of(session, asked))


def decision_of(refund: Refund | CardRefund, names: dict[int | None, str]) -> Decision | None:
    """Return what became of a refund, with people's ``names``; None while it waits."""
    if refund.rejected_at is not None:
        return Decision("rejected", names.get(refund.rejected_by_id), refund.rejected_at, refund.reason)
    if refund.approved_at is not None:
        return Decision("approved", names.get(refund.approved_by_id), refund.approved_at)
    return None


def too_late(title: object, made: Decision, back: str) -> tuple[str, int]:
    """Return the page that tells what was decided; ``title`` is the step's, ``back`` leads to the case."""
    page = render_template("authority/too-late.html", step=title, made=made, words=WORDS, back=back)
    return page, 409


def not_now(title: object, back: str) -> tuple[str, int]:
    """Return the page of a step that is not open, and that no decision closed; ``back`` leads to the case."""
    return render_template("authority/not-now.html", step=title, back=back), 409


def _read(asked: ApprovalRequest, names: dict[int | None, str]) -> Decision:
    return Decision(asked.state, names.get(asked.decided_by_id), asked.decided_at, asked.reason)
